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
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.cells import Filled, Rules
from analysis.chapters import curves as chapter_curves
from analysis.chapters import plots
from analysis.chapters.leftover import MOST_LINES, best_first
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


def table(
    runs: Runs,
    by: Sequence[str] = (),
    metrics: Sequence[str] = (),
    rules: Rules | None = None,
) -> pd.DataFrame:
    """Give a row for each setting, the best first: n, and mean, low and high of each metric.

    Settings are told apart by the params `by`, or by all that differ; a group that mixes others
    has no numbers, unless the rules allow it. Intervals are 95%, over seeds. Raises
    `AnalysisError` for names that no run has.
    """
    groups = group(list(runs), by, rules)
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


def ranked(runs: Runs, groups: Groups, metrics: Sequence[Metric]) -> list[Sequence[Measured]]:
    """Measure groups, the best of the first metric first; those without a number last."""
    return best_first([[measure(runs, one, metric) for metric in metrics] for one in groups.filled])


def curves(
    runs: Runs,
    *names: str,
    by: Sequence[str] = (),
    metric: str = "",
    most: int = MOST_LINES,
    rules: Rules | None = None,
) -> Lines:
    """Draw curves by epoch, a line a setting: of the `most` best settings by the metric.

    Raises `AnalysisError` if no run has such a curve, or if every group mixes settings.
    """
    groups = group(list(runs), by, rules)
    chosen = usual_metrics(runs, [metric] if metric else ())[:1]
    best = [row[0].filled for row in ranked(runs, groups, chosen) if row[0].filled.runs][:most]
    told = [chapter_curves.told(name) for name in names]
    drawn = chapter_curves.plot(runs, groups.apart(best), told)
    if drawn is None:
        msg = f"No run has a curve {' or '.join(names)}."
        raise AnalysisError(msg if best else groups.refusal or msg)
    return drawn


def crossed(runs: Runs, rules: Rules | None = None) -> tuple[str, str] | None:
    """Give the two params whose heat map has the most squares for its size; None if none cross.

    Two of which one decides the other make a diagonal, which shows no more than a table.
    """
    groups = group(list(runs), rules=rules)
    found: dict[tuple[str, str], float] = {}
    for x, y in combinations(groups.telling, 2):
        squares = {
            (said(one.cell.where[x]), said(one.cell.where[y])) for one in groups.filled if one.runs
        }
        columns, rows = ({square[at] for square in squares} for at in (0, 1))
        if len(squares) > max(len(columns), len(rows)):
            found[x, y] = len(squares) ** 2 / (len(columns) * len(rows))
    return max(found, key=lambda pair: found[pair]) if found else None


def heat(runs: Runs, x: str, y: str, metric: str = "", rules: Rules | None = None) -> Heat:
    """Draw a metric over two params: in each square the best of all settings that share them."""
    chosen = usual_metrics(runs, [metric] if metric else ())[0]
    every = group(list(runs), rules=rules)
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
        msg = every.refusal or f"No run has {chosen.name}."
        raise AnalysisError(msg)
    return plots.heat({}, column, x, y)


def parallel(runs: Runs, metric: str = "", rules: Rules | None = None) -> Parallel:
    """Draw every setting as a line over all swept params to what came of it.

    A param that only says again what another says has no axis.
    """
    chosen = usual_metrics(runs, [metric] if metric else ())[0]
    groups = group(list(runs), rules=rules)
    rows = [one for (one,) in ranked(runs, groups, [chosen]) if math.isfinite(one.seeds.mean)]
    params = [
        name
        for name in groups.telling
        if len({said(one.filled.cell.where[name]) for one in rows}) > 1
    ]
    if not params or not rows:
        msg = (
            groups.refusal
            or "Parallel coordinates need runs that differ in a setting, with a number each."
        )
        raise AnalysisError(msg)
    ticks = []
    for name in params:
        values = sorted({meaning(one.filled.cell.where[name]) for one in rows}, key=order)
        ticks.append([(said(v), at / max(1, len(values) - 1)) for at, v in enumerate(values)])
    places = np.array(
        [
            [dict(ticks[at])[said(one.filled.cell.where[name])] for at, name in enumerate(params)]
            for one in rows
        ]
    )
    best = rows[0]
    alt = (
        f"{len(rows)} settings; the best {chosen.heading} is"
        f" {best.seeds.mean:.{chosen.places}f} with {_said(best.filled)}."
    )
    names = [one.cell.name for one in groups.apart([one.filled for one in rows])]
    return Parallel(
        params,
        places,
        ticks,
        np.array([one.seeds.mean for one in rows]),
        names,
        chosen.heading,
        alt,
    )


def costs(runs: Runs, names: Sequence[str], rules: Rules | None = None) -> list[str]:
    """Give those of some metrics whose means differ between settings."""
    every = group(list(runs), rules=rules).filled
    known = {name for run in runs for name in run.metrics}
    found = []
    for name in names:
        metrics = usual_metrics(runs, [name]) if name in known else []
        means = {measure(runs, one, metric).seeds.mean for one in every for metric in metrics}
        if len({mean for mean in means if math.isfinite(mean)}) > 1:
            found.append(name)
    return found


def against(runs: Runs, cost: str, metric: str = "", rules: Rules | None = None) -> Scatter:
    """Draw a metric against another, such as parameters, training_flop or seconds."""
    chosen = usual_metrics(runs, [metric] if metric else ())[0]
    spent = usual_metrics(runs, [cost])[0]
    groups = group(list(runs), rules=rules)
    rows = [
        (one, at)
        for one, at in ranked(runs, groups, [chosen, spent])
        if math.isfinite(one.seeds.mean - at.seeds.mean)
    ]
    if not rows:
        msg = groups.refusal or f"No run has both {chosen.name} and {cost}."
        raise AnalysisError(msg)
    best, price = rows[0]
    alt = (
        f"{chosen.heading} against {spent.heading}: the best, {best.seeds.mean:.{chosen.places}f},"
        f" is {_said(best.filled)} at {price.seeds.mean:.3g}."
    )
    return Scatter(
        [one.cell.name for one in groups.apart([one.filled for one, _ in rows])],
        np.array([at.seeds.mean for _, at in rows]),
        np.array([one.seeds.mean for one, _ in rows]),
        np.array([one.seeds.half for one, _ in rows]),
        spent.heading,
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
