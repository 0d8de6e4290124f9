"""Metrics and curves that a section names and that none of its runs has: most likely mistyped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.cells import Filled
from analysis.runs import Runs
from analysis.sections import Cells, Curves, Metric, Stopping

_BEST_EPOCH = "best_epoch"


def absences(
    runs: Runs, filled: Sequence[Filled], metrics: Sequence[Metric], curves: Sequence[str] = ()
) -> list[str]:
    """Say in a sentence each which metrics and curves no run of some cells has.

    Nothing is said where there are no runs: what they would have isn't known.
    """
    chosen = [run for one in filled for run in one.used]
    if not chosen:
        return []
    sources = [source for one in metrics for source in (one.source, one.minus) if source]
    points = [source.partition("@") for source in sources]
    figures = [name for name, at, _ in points if not at]
    figures += [_BEST_EPOCH for _, _, where in points if where == "best"]
    drawn = [*(name for name, at, _ in points if at), *curves]
    logged = {name for run in chosen for name in run.metrics}
    found = [*_said("metric", figures, logged)]
    if drawn:
        known = {name for one in runs.curves(chosen) for name in one} - {"epoch"}
        found += _said("curve", drawn, known)
    return found


def curves_of(section: Cells) -> list[str]:
    """Name the curves that a section's figures draw."""
    found = []
    for figure in section.figures:
        if isinstance(figure, Curves):
            found += [name for panel in figure.panels for name in panel.curves.values()]
        elif isinstance(figure, Stopping):
            found.append(figure.metric)
    return found


def metrics_of(section: Cells) -> list[Metric]:
    """Give the metrics of a section's columns, and those that its figures need besides."""
    bests = [figure.best for figure in section.figures if isinstance(figure, Stopping)]
    return [*section.metrics, *(Metric(name=name) for name in bests)]


def _said(kind: str, names: Sequence[str], known: set[str]) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            yield f"No run of this section has a {kind} {name}: there are {there}."
