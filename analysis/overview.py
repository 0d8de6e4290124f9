"""Any sweep at a glance: a table grouped over seeds, and figures of it.

    runs = read("mlflow.db")
    table(runs)
    curves(runs, "validation_loss").draw()

Tables are pandas frames; figures say what they show (`alt`), give their numbers (`frame()`) and
draw themselves with matplotlib (`draw()`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.cells import Filled
from analysis.chapters import curves as chapter_curves
from analysis.chapters import plots
from analysis.errors import AnalysisError
from analysis.figures.heat import Heat
from analysis.figures.lines import Lines
from analysis.figures.parallel import Parallel
from analysis.figures.scatter import Scatter
from analysis.groups import Groups, group, usual_metrics
from analysis.runs import Runs
from analysis.sections import Cell, Metric
from analysis.tables import Measured, measure
from analysis.values import meaning, order, said

_MOST_LINES = 7


def table(runs: Runs, by: Sequence[str] = (), metrics: Sequence[str] = ()) -> pd.DataFrame:
    """Give a row for each setting, the best first: n, and mean, low and high of each metric.

    Settings are told apart by the params `by`, or by all that differ. Intervals are 95%, over
    seeds. Raises `AnalysisError` for names that no run has.
    """
    groups = group(list(runs), by)
    measured = ranked(runs, groups, usual_metrics(runs, metrics))
    rows = []
    for row in measured:
        filled = row[0].filled
        values = dict(zip(groups.params, groups.values(filled), strict=True))
        numbers = {
            key: value
            for one in row
            for key, value in (
                (one.metric.heading, one.seeds.mean),
                (f"{one.metric.heading} low", one.seeds.low),
                (f"{one.metric.heading} high", one.seeds.high),
            )
        }
        rows.append({**values, "n": row[0].seeds.n, **numbers, "notes": "; ".join(filled.notes)})
    return pd.DataFrame(rows)


def ranked(runs: Runs, groups: Groups, metrics: Sequence[Metric]) -> list[list[Measured]]:
    """Measure groups, the best of the first metric first; those without a number last."""
    measured = [[measure(runs, one, metric) for metric in metrics] for one in groups.filled]
    sign = 1 if metrics[0].better == "lower" else -1

    def rank(row: Sequence[Measured]) -> float:
        mean = row[0].seeds.mean
        return sign * mean if math.isfinite(mean) else math.inf

    return sorted(measured, key=rank)


def curves(runs: Runs, *names: str, by: Sequence[str] = (), most: int = _MOST_LINES) -> Lines:
    """Draw curves by epoch, a line a setting: of the `most` best settings.

    Raises `AnalysisError` if no run has such a curve.
    """
    best = ranked(runs, group(list(runs), by), usual_metrics(runs))[:most]
    told = [chapter_curves.told(name) for name in names]
    drawn = chapter_curves.plot(runs, [row[0].filled for row in best if row[0].filled.runs], told)
    if drawn is None:
        msg = f"No run has a curve {' or '.join(names)}."
        raise AnalysisError(msg)
    return drawn


def heat(runs: Runs, x: str, y: str, metric: str = "") -> Heat:
    """Draw a metric over two params: in each square the best of all settings that share them."""
    chosen = usual_metrics(runs, [metric] if metric else ())[0]
    every = group(list(runs))
    lacking = [name for name in (x, y) if name not in every.params]
    if lacking:
        msg = f"{', '.join(lacking)} has one value only, or none: swept are {_list(every.params)}."
        raise AnalysisError(msg)
    squares: dict[tuple[str, str], Measured] = {}
    for (one,) in ranked(runs, every, [chosen]):
        where = one.filled.cell.where
        squares.setdefault((said(where[x]), said(where[y])), one)
    column = [
        _named(one, {x: one.filled.cell.where[x], y: one.filled.cell.where[y]})
        for one in squares.values()
        if math.isfinite(one.seeds.mean)
    ]
    if not column:
        msg = f"No run has {chosen.name}."
        raise AnalysisError(msg)
    return plots.heat({}, column, x, y)


def parallel(runs: Runs, metric: str = "") -> Parallel:
    """Draw every setting as a line over all swept params to what came of it."""
    chosen = usual_metrics(runs, [metric] if metric else ())[0]
    groups = group(list(runs))
    rows = [one for (one,) in ranked(runs, groups, [chosen]) if math.isfinite(one.seeds.mean)]
    if not groups.params or not rows:
        msg = "Parallel coordinates need runs that differ in a setting, with a number each."
        raise AnalysisError(msg)
    ticks = []
    for name in groups.params:
        values = sorted({meaning(one.filled.cell.where[name]) for one in rows}, key=order)
        ticks.append([(said(v), at / max(1, len(values) - 1)) for at, v in enumerate(values)])
    places = np.array(
        [
            [
                dict(ticks[at])[said(one.filled.cell.where[name])]
                for at, name in enumerate(groups.params)
            ]
            for one in rows
        ]
    )
    best = rows[0]
    alt = (
        f"{len(rows)} settings; the best {chosen.heading} is"
        f" {best.seeds.mean:.{chosen.places}f} with {_said(best.filled)}."
    )
    return Parallel(
        groups.params,
        places,
        ticks,
        np.array([one.seeds.mean for one in rows]),
        [one.filled.cell.name for one in rows],
        chosen.heading,
        alt,
    )


def against(runs: Runs, cost: str, metric: str = "") -> Scatter:
    """Draw a metric against another, such as parameters, training_flop or seconds."""
    chosen, costs = (
        usual_metrics(runs, [metric] if metric else ())[0],
        usual_metrics(runs, [cost])[0],
    )
    rows = [
        (one, at)
        for one, at in ranked(runs, group(list(runs)), [chosen, costs])
        if math.isfinite(one.seeds.mean - at.seeds.mean)
    ]
    if not rows:
        msg = f"No run has both {chosen.name} and {cost}."
        raise AnalysisError(msg)
    best, price = rows[0]
    alt = (
        f"{chosen.heading} against {costs.heading}: the best, {best.seeds.mean:.{chosen.places}f},"
        f" is {_said(best.filled)} at {price.seeds.mean:.3g}."
    )
    return Scatter(
        [one.filled.cell.name for one, _ in rows],
        np.array([at.seeds.mean for _, at in rows]),
        np.array([one.seeds.mean for one, _ in rows]),
        np.array([one.seeds.half for one, _ in rows]),
        costs.heading,
        chosen.heading,
        chosen.better != "lower",
        alt,
    )


def _named(one: Measured, where: dict[str, object]) -> Measured:
    """Give a measured cell under other params."""
    cell = Cell(name=", ".join(map(said, where.values())), where=where)
    filled = Filled(cell, one.filled.used, one.filled.wanted)
    return Measured(filled, one.metric, one.each, one.seeds, one.both)


def _said(filled: Filled) -> str:
    where = filled.cell.where
    return ", ".join(f"{name} {said(value)}" for name, value in where.items()) or "all settings"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
