"""The figures of a section, from what its file asks for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from analysis import sections
from analysis.cells import Filled, seed_of
from analysis.chapters import curves
from analysis.document import Picture, Plot
from analysis.experiments import Experiment
from analysis.figures.heat import Heat
from analysis.figures.lines import Line, Lines, Panel
from analysis.figures.points import Point, Points
from analysis.figures.stopping import Stopped, Stopping
from analysis.measures import values
from analysis.runs import Runs
from analysis.sections import Cells, Metric
from analysis.tables import Measured
from analysis.values import meaning, order, said

Table = Sequence[Sequence[Measured]]


def plots(
    experiment: Experiment, section: Cells, runs: Runs, filled: Sequence[Filled], measured: Table
) -> Iterator[Picture]:
    """Give each figure that has something to show."""
    for place, asked in enumerate(section.figures, start=1):
        plot = _plot(asked, section, runs, filled, measured)
        if plot is not None:
            yield Picture(f"{experiment.slug}-{place}", asked.title or section.title, plot)


def _plot(
    asked: sections.Figure,
    section: Cells,
    runs: Runs,
    filled: Sequence[Filled],
    measured: Table,
) -> Plot | None:
    if isinstance(asked, sections.Stopping):
        (one,) = (found for found in filled if found.cell.name == asked.cell)
        return _stopping(asked, runs, one)
    chosen = [one for one in filled if not asked.cells or one.cell.name in asked.cells]
    if isinstance(asked, sections.Curves):
        panels = [curves.Told(one.label, one.curves, one.scale) for one in asked.panels]
        return curves.plot(runs, [one for one in chosen if one.runs], panels, asked.epochs)
    column = _column(section, measured, asked.metric)
    column = [one for one in column if one.filled in chosen]
    if not any(math.isfinite(one.seeds.mean) for one in column):
        return None
    if isinstance(asked, sections.Points):
        return points(column, section.references)
    if isinstance(asked, sections.Heat):
        return heat(section.select, column, asked.x, asked.y)
    return lines(section.select, column, asked.x, asked.by, log=asked.log)


def _column(section: Cells, measured: Table, name: str) -> list[Measured]:
    names = [metric.name for metric in section.metrics]
    at = names.index(name) if name else 0
    return [row[at] for row in measured]


def points(column: Sequence[Measured], references: Sequence[sections.Reference] = ()) -> Points:
    """Draw cells as points with intervals, beside what was published; then others' numbers."""
    metric = column[0].metric
    rows = [
        Point(
            one.filled.cell.name,
            one.seeds.n,
            one.seeds.mean,
            one.seeds.low,
            one.seeds.high,
            (one.both or one.seeds).low,
            (one.both or one.seeds).high,
            one.published,
            one.lacks,
            one.is_whole,
        )
        for one in column
    ]
    beside = [one for one in references if one.metric == metric.name]
    published = [row for row in rows if math.isfinite(row.mean - row.published)]
    alt = _extremes(metric, [(row.name, row.mean) for row in rows])
    if published:
        furthest = max(published, key=lambda row: abs(row.mean - row.published))
        alt += (
            f"; furthest from what was published is {furthest.name},"
            f" {furthest.mean - furthest.published:+.{metric.places}f}"
        )
    if beside:
        texts = (f"{one.name} {one.value:g}{one.note and f' ({one.note})'}" for one in beside)
        alt += "; of others stand beside them: " + ", ".join(texts)
    rows += [Point(one.name, 0, math.nan, published=one.value, note=one.note) for one in beside]
    return Points(rows, metric.heading, f"{alt}.{_partial(column)}")


def heat(select: sections.Where, column: Sequence[Measured], x: str, y: str) -> Heat:
    """Draw cells over two of their params."""
    metric = column[0].metric
    places = [(_of(one, select, y), _of(one, select, x)) for one in column]
    ys = sorted({row for row, _ in places}, key=order)
    xs = sorted({across for _, across in places}, key=order)
    means = np.full((len(ys), len(xs)), math.nan)
    for (row, across), one in zip(places, column, strict=True):
        means[ys.index(row), xs.index(across)] = one.seeds.mean
    found = [(one.filled.cell.name, one.seeds.mean) for one in column]
    alt = f"{_extremes(metric, found)}.{_partial(column)}"
    return Heat(means, x, xs, y, ys, metric.heading, alt, metric.places)


def lines(
    select: sections.Where, column: Sequence[Measured], x: str, by: str, *, log: bool
) -> Lines:
    """Draw cells against one of their params, a line for each value of another."""
    metric = column[0].metric
    groups: dict[str, list[tuple[float, Measured]]] = {}
    for one in column:
        at = meaning(_raw(one, select, x))
        if isinstance(at, float) and math.isfinite(one.seeds.mean):
            groups.setdefault(_of(one, select, by) if by else "", []).append((at, one))
    drawn = []
    for place, (name, found) in enumerate(groups.items()):
        found.sort(key=lambda pair: pair[0])
        drawn.append(
            Line(
                name,
                np.array([at for at, _ in found]),
                np.array([one.seeds.mean for _, one in found]),
                np.array([one.seeds.half for _, one in found]),
                np.array([one.seeds.n for _, one in found], np.float64),
                place,
            )
        )
    means = [(one.filled.cell.name, one.seeds.mean) for one in column]
    alt = f"{_extremes(metric, means)}.{_partial(column)}"
    return Lines([Panel(metric.heading, drawn)], x, alt, log=log, points=True)


def _stopping(asked: sections.Stopping, runs: Runs, filled: Filled) -> Stopping | None:
    bests = values(runs, filled.runs, Metric(name=asked.best))
    found = [
        Stopped(
            f"seed {seed_of(run)}",
            own["epoch"].astype(np.float64),
            own[asked.metric].astype(np.float64),
            best,
        )
        for run, own, best in zip(filled.runs, runs.curves(filled.runs), bests, strict=True)
        if asked.metric in own
    ]
    if not found:
        return None
    ends, kept = [one.epochs[-1] for one in found], [one.best for one in found]
    alt = (
        f"{asked.metric.replace('_', ' ')} of {len(found)} runs of {filled.cell.name}: they stop"
        f" between epochs {min(ends):.0f} and {max(ends):.0f}, and keep the weights of epochs"
        f" {min(kept):.0f} to {max(kept):.0f}."
    )
    return Stopping(found, asked.metric.replace("_", " "), alt)


def _raw(one: Measured, select: sections.Where, name: str) -> object:
    return one.filled.cell.where.get(name, select.get(name))


def _of(one: Measured, select: sections.Where, name: str) -> str:
    return said(_raw(one, select, name))


def _partial(column: Sequence[Measured]) -> str:
    """Name the cells whose mean is not of all their runs."""
    few = [f"{one.filled.cell.name}: {one.lacks}" for one in column if one.lacks]
    return f" Not whole: {', '.join(few)}." if few else ""


def _extremes(metric: Metric, found: Sequence[tuple[str, float]]) -> str:
    """Say which cell is highest and which lowest."""
    there = [(name, mean) for name, mean in found if math.isfinite(mean)]
    name, mean = max(there, key=lambda pair: pair[1])
    text = f"{metric.heading}: {name} is highest with {mean:.{metric.places}f}"
    if len(there) > 1:
        name, mean = min(there, key=lambda pair: pair[1])
        text += f", {name} lowest with {mean:.{metric.places}f}"
    return text
