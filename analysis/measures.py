"""What a metric of a section is worth for each run: a logged figure, or a point of a curve."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from analysis.errors import AnalysisError
from analysis.runs import Curves, Run, Runs
from analysis.sections import Metric
from analysis.statistics import Floats

_BEST_EPOCH = "best_epoch"


def values(runs: Runs, chosen: Sequence[Run], metric: Metric) -> list[float]:
    """Give the metric of each chosen run in the table's unit; nan where a run has none."""
    found = _of(runs, chosen, metric.source)
    if metric.minus:
        other = _of(runs, chosen, metric.minus)
        found = [a - b for a, b in zip(found, other, strict=True)]
    return [number * metric.scale for number in found]


def examples_of(metric: Metric) -> str | None:
    """Name the examples of which a metric is the part that was right; None if of none."""
    if metric.minus or "@" in metric.source or not metric.source.endswith("_accuracy"):
        return None
    return metric.source.removesuffix("_accuracy")


def _of(runs: Runs, chosen: Sequence[Run], source: str) -> list[float]:
    curve, at, where = source.partition("@")
    if not at:
        return [run.metrics.get(source, math.nan) for run in chosen]
    return [
        _point(curves, curve, where, run)
        for run, curves in zip(chosen, runs.curves(chosen), strict=True)
    ]


def _point(curves: Curves, name: str, where: str, run: Run) -> float:
    """Give a point of a curve; the epochs that count are those with a value."""
    if name not in curves:
        return math.nan
    curve = curves[name].astype(np.float64)
    there = ~np.isnan(curve)
    curve, epochs = curve[there], curves["epoch"][there]
    if not len(curve):
        return math.nan
    if where in _ENDS:
        return _ENDS[where](curve)
    if where[:1] in {"<", ">"}:
        limit = _number(where[1:], name, where)
        reached = curve < limit if where[0] == "<" else curve > limit
        return float(epochs[reached.argmax()]) if reached.any() else math.nan
    is_best = where == "best"
    epoch = run.metrics.get(_BEST_EPOCH, math.nan) if is_best else _number(where, name, where)
    (at,) = np.nonzero(epochs == epoch)
    return float(curve[at[0]]) if len(at) else math.nan


def _last(curve: Floats) -> float:
    return float(curve[-1])


def _least(curve: Floats) -> float:
    return float(curve.min())


def _most(curve: Floats) -> float:
    return float(curve.max())


_ENDS = {"last": _last, "min": _least, "max": _most}


def _number(text: str, name: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        msg = (
            f"{name}@{where} is no point of a curve: after @ stands an epoch, last, best, min, max,"
            " <NUMBER or >NUMBER"
        )
        raise AnalysisError(msg) from None
