"""Runs of any sweep, grouped over their seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.cells import Filled, Rules, fill
from analysis.errors import AnalysisError
from analysis.runs import Run, Runs, is_seed
from analysis.sections import Cell, Metric
from analysis.values import Meaning, order, said

_MOST_METRICS = 5


@dataclass(frozen=True)
class Groups:
    """Groups of repeats, and the params by which they differ."""

    params: tuple[str, ...]
    filled: tuple[Filled, ...]

    def values(self, filled: Filled) -> list[str]:
        """Give the value of each param, as a table shows it."""
        return [said(filled.cell.where.get(name)) for name in self.params]


def group(runs: Sequence[Run], by: Sequence[str] = (), rules: Rules | None = None) -> Groups:
    """Group runs over their seeds, by some params or by all that differ among them.

    Raises `AnalysisError` for a param that no run has.
    """
    kept = [run for run in runs if run.excluded is None]
    every = sorted({name for run in kept for name in run.params if not is_seed(name)})
    unknown = [name for name in by if name not in every]
    if unknown:
        msg = f"No run has a param {', '.join(unknown)}: there are {', '.join(every)}."
        raise AnalysisError(msg)
    params = tuple(by) or tuple(name for name in every if _varies(kept, name))
    combinations: dict[tuple[Meaning, ...], list[Run]] = {}
    for run in kept:
        combinations.setdefault(tuple(run.settings.get(name) for name in params), []).append(run)
    filled = []
    for values in sorted(combinations, key=lambda key: [order(value) for value in key]):
        where = dict(zip(params, values, strict=True))
        name = ", ".join(map(said, values)) or kept[0].name
        cell = Cell(name=name, where=where)
        filled.append(fill(combinations[values], cell, {}, (), rules or Rules()))
    return Groups(params, tuple(filled))


def _varies(runs: Sequence[Run], name: str) -> bool:
    return len({run.settings.get(name) for run in runs}) > 1


def usual_metrics(runs: Runs | Sequence[Run], names: Sequence[str] = ()) -> list[Metric]:
    """Give the metrics of a table that nobody has designed: those asked for, or those of the test.

    A name that ends in accuracy is a fraction, shown in percent. Raises `AnalysisError` for a
    metric that no run has.
    """
    every = sorted({name for run in runs for name in run.metrics})
    unknown = [name for name in names if name.partition("@")[0] not in every]
    if unknown:
        msg = f"No run has a metric {', '.join(unknown)}: there are {', '.join(every)}."
        raise AnalysisError(msg)
    chosen = list(names)
    if not chosen:
        chosen = [name for name in every if name.startswith(("test_", "best_"))]
        chosen = chosen or [name for name in every if name == "value"] or every
        chosen.sort(key=lambda name: (not name.endswith("accuracy"), not name.startswith("test_")))
    return [_metric(name) for name in chosen[: len(names) or _MOST_METRICS]]


def _metric(name: str) -> Metric:
    plain = name.partition("@")[0]
    if plain.endswith("accuracy"):
        return Metric(name=name, percent=True, better="higher")
    if plain.endswith("epoch"):
        return Metric(name=name, decimals=1)
    return Metric(name=name, better="lower" if plain.endswith("loss") else None)


def usual_curves(runs: Runs, chosen: Sequence[Run]) -> list[str]:
    """Give up to two curves that are worth drawing: of validation, or of anything."""
    logged = {name for curves in runs.curves(chosen) for name in curves} - {"epoch"}
    known = [name for name in _CURVES if name in logged]
    return (known or sorted(logged))[:2]


_CURVES = ("validation_loss", "validation_accuracy", "loss", "accuracy")
