"""The figures of a section, from what its file asks for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from analysis import sections
from analysis.cells import Filled
from analysis.document import Picture, Plot
from analysis.experiments import Experiment
from analysis.figures.lines import Line, Lines, Panel
from analysis.figures.points import Point, Points
from analysis.runs import Runs
from analysis.sections import Cells
from analysis.statistics import by_step
from analysis.tables import Measured


def plots(
    experiment: Experiment,
    section: Cells,
    runs: Runs,
    filled: Sequence[Filled],
    measured: Sequence[Sequence[Measured]],
) -> Iterator[Picture]:
    """Give each figure that has something to show."""
    for number, asked in enumerate(section.figures, start=1):
        plot: Plot | None = None
        if isinstance(asked, sections.Curves):
            plot = _curves(asked, runs, _chosen(filled, asked.cells))
        elif isinstance(asked, sections.Points):
            plot = _points(asked, section, measured)
        if plot is not None:
            yield Picture(f"{experiment.slug}-{number}", asked.title or section.title, plot)


def _chosen(filled: Sequence[Filled], names: Sequence[str]) -> list[Filled]:
    return [one for one in filled if one.runs and (not names or one.cell.name in names)]


def _curves(asked: sections.Curves, runs: Runs, filled: Sequence[Filled]) -> Lines | None:
    panels: list[Panel] = []
    for told in asked.panels:
        label, scale = str(told.get("label", "")), 100.0 if told.get("percent") else 1.0
        names = {k: str(v) for k, v in told.items() if k not in {"label", "percent"}}
        if len(filled) == 1:
            lines = [
                line
                for place, (name, curve) in enumerate(names.items())
                if (line := _line(runs, filled[0], curve, scale, name, place, asked.epochs))
            ]
            panels += [Panel(label, lines)] if lines else []
            continue
        for name, curve in names.items():
            lines = [
                line
                for place, one in enumerate(filled)
                if (line := _line(runs, one, curve, scale, one.cell.name, place, asked.epochs))
            ]
            panels += [Panel(label, lines, title=name)] if lines else []
    if not panels:
        return None
    return Lines(panels, "epoch", _curves_said(panels))


def _line(
    runs: Runs,
    filled: Filled,
    curve: str,
    scale: float,
    name: str,
    place: int,
    epochs: int | None,
) -> Line | None:
    """Put the curves of a cell's runs under each other; a run that stopped early leaves a gap."""
    found = [one for one in runs.curves(filled.runs) if curve in one]
    if not found:
        return None
    last = int(max(one["epoch"].max() for one in found))
    last = min(last, epochs) if epochs else last
    table = np.full((len(found), last), math.nan)
    for row, one in zip(table, found, strict=True):
        at = one["epoch"].astype(int) - 1
        inside = (at >= 0) & (at < last)
        row[at[inside]] = one[curve][inside] * scale
    n, mean, half = by_step(table)
    there = n > 0
    x = np.arange(1, last + 1, dtype=np.float64)
    return Line(name, x[there], mean[there], half[there], n[there], place)


def _curves_said(panels: Sequence[Panel]) -> str:
    texts = []
    for panel in panels:
        what = " ".join(filter(None, (panel.title, panel.label.lower())))
        ends = [
            f"{line.name} goes from {line.mean[0]:.3g} to {line.mean[-1]:.3g} at epoch"
            f" {line.x[-1]:.0f} (n={line.n[0]:.0f}"
            + (f", {line.n[-1]:.0f} at the end)" if line.n[-1] != line.n[0] else ")")
            for line in panel.lines
        ]
        texts.append(f"{what}: {', '.join(ends)}")
    return "By epoch, means over seeds. " + ". ".join(texts) + "."


def _points(
    asked: sections.Points, section: Cells, measured: Sequence[Sequence[Measured]]
) -> Points | None:
    names = [metric.name for metric in section.metrics]
    at = names.index(asked.metric) if asked.metric else 0
    metric = section.metrics[at]
    rows = []
    for row in measured:
        one = row[at]
        if asked.cells and one.filled.cell.name not in asked.cells:
            continue
        both = one.both or one.seeds
        rows.append(
            Point(
                one.filled.cell.name,
                one.seeds.n,
                one.seeds.mean,
                one.seeds.low,
                one.seeds.high,
                both.low,
                both.high,
                one.published,
            )
        )
    there = [row for row in rows if math.isfinite(row.mean)]
    if not there:
        return None
    low, high = min(there, key=lambda row: row.mean), max(there, key=lambda row: row.mean)
    places = metric.places
    alt = f"{metric.heading}: {high.name} is highest with {high.mean:.{places}f}"
    if low is not high:
        alt += f", {low.name} lowest with {low.mean:.{places}f}"
    published = [row for row in there if math.isfinite(row.published)]
    if published:
        furthest = max(published, key=lambda row: abs(row.mean - row.published))
        alt += (
            f"; furthest from what was published is {furthest.name},"
            f" {furthest.mean - furthest.published:+.{places}f}"
        )
    return Points(rows, metric.heading, alt + ".")
