"""What choices of which nothing was said make of the published numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis import pairs
from analysis.cells import Filled, Rules, fill
from analysis.chapters.made import Made
from analysis.chapters.missing import missing
from analysis.chapters.provenance import behind
from analysis.closeness import Closeness, closeness
from analysis.comparisons import Compared, compare
from analysis.document import Block, Entry, Picture, Table
from analysis.experiments import Experiment
from analysis.figures.points import Point, Points
from analysis.numbers import NOTHING, number, signed, span
from analysis.runs import Runs
from analysis.sections import Contrast, Metric, Variants
from analysis.statistics import Interval
from analysis.tables import Measured, frame, measure


@dataclass(frozen=True)
class _Row:
    """A variant with its cells by name."""

    name: str
    filled: Mapping[str, Filled]
    measured: tuple[Measured, ...]
    close: Closeness


def chapter(experiment: Experiment, section: Variants, runs: Runs, rules: Rules) -> Made:
    """Make the tables of closeness and of what each choice causes."""
    metric = section.metrics[0]
    rows = []
    for variant in section.variants:
        select = {**section.select, **variant.where}
        filled = {
            cell.name: fill(runs, cell, select, section.seeds, rules) for cell in section.cells
        }
        measured = tuple(measure(runs, one, metric) for one in filled.values())
        rows.append(_Row(variant.name, filled, measured, closeness(measured)))
    every = [one for row in rows for one in row.filled.values()]
    blocks: list[Block] = [*missing(experiment, every), _closeness(experiment, section, rows)]
    for at, contrast in enumerate(section.contrasts, start=1):
        blocks += _contrast(f"{experiment.slug}-{at}", section, contrast, runs, rows, rules)
    names = [f"{row.name}: {name}" for row in rows for name in row.filled]
    blocks.append(behind(experiment.slug, every, names))
    return Made(experiment, blocks, filled=every)


def _closeness(experiment: Experiment, section: Variants, rows: Sequence[_Row]) -> Table:
    metric = section.metrics[0]
    places = metric.places
    ordered = sorted(rows, key=lambda row: (-row.close.cells, _last(row.close.rmse)))
    head = ["choice", "cells", f"RMSE{metric.unit}", "95% over seeds", "largest miss", "rank τ"]
    head += [cell.name for cell in section.cells]
    has_notes = any(one.notes for row in rows for one in row.filled.values())
    body: list[list[Entry]] = []
    for row in ordered:
        one = row.close
        ends = Interval(one.cells, one.rmse, one.low, one.high)
        largest = f"{signed(one.largest, places)} at {one.where}" if one.where else NOTHING
        entries: list[Entry] = [row.name, f"{one.cells} of {one.of}", number(one.rmse, places)]
        entries += [span(ends, places), largest, number(one.tau, 2)]
        entries += [cell.counted(number(cell.seeds.mean, places)) for cell in row.measured]
        body.append([*entries, _notes(row)] if has_notes else entries)
    published: list[Entry] = ["published", *[NOTHING] * 5]
    published += [
        number(cell.published.get(metric.name, math.nan), places) for cell in section.cells
    ]
    body.append([*published, ""] if has_notes else published)
    numbers = [at for at in range(1, len(head)) if at != head.index("largest miss")]
    return Table(
        slug=experiment.slug,
        caption=f"{section.title}: how close each choice comes, the closest first",
        head=[*head, "notes"] if has_notes else head,
        rows=body,
        numbers=numbers,
        note=f"{metric.heading}; RMSE over the cells with a published number, its interval by"
        " bootstrap of the seeds.",
        frame=_frame(experiment, section, rows),
    )


def _last(value: float) -> float:
    return value if math.isfinite(value) else math.inf


def _notes(row: _Row) -> str:
    return "; ".join(
        f"{name}: {', '.join(one.notes)}" for name, one in row.filled.items() if one.notes
    )


def _frame(experiment: Experiment, section: Variants, rows: Sequence[_Row]) -> pd.DataFrame:
    parts = []
    for row in rows:
        part = frame(experiment.name, section.reading, row.measured)
        part.insert(2, "choice", row.name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _contrast(
    slug: str,
    section: Variants,
    contrast: Contrast,
    runs: Runs,
    rows: Sequence[_Row],
    rules: Rules,
) -> Iterator[Block]:
    metric = section.metrics[0]
    found = [
        compare(
            runs,
            row.filled[contrast.cell],
            row.filled[contrast.against],
            metric,
            allow_mixed=rules.allow_mixed,
        )
        for row in rows
    ]
    base = next((at for at, row in enumerate(rows) if row.name == section.base), 0)
    others = [at for at in range(len(rows)) if at != base]
    shifts = [one.less(found[base], len(others)) for one in found]
    corrected = dict(zip(others, pairs.holm([shifts[at].p for at in others]), strict=True))
    yield _table(slug, section, contrast, rows, found, shifts, corrected)
    published = _published(section, contrast)
    points = [
        Point(
            row.name,
            one.n,
            one.seeds.mean,
            one.seeds.low,
            one.seeds.high,
            (one.both or one.seeds).low,
            (one.both or one.seeds).high,
            published,
        )
        for row, one in zip(rows, found, strict=True)
        if not one.problem
    ]
    if points:
        title = f"{contrast.name}: {contrast.cell} − {contrast.against}"
        label = f"difference in {metric.heading}"
        yield Picture(slug, title, Points(points, label, _said(points, contrast, metric)))


def _table(
    slug: str,
    section: Variants,
    contrast: Contrast,
    rows: Sequence[_Row],
    found: Sequence[Compared],
    shifts: Sequence[Compared],
    corrected: Mapping[int, float],
) -> Table:
    metric = section.metrics[0]
    places = metric.places
    body: list[list[Entry]] = []
    records = []
    for at, (row, one, shift) in enumerate(zip(rows, found, shifts, strict=True)):
        moved = shift.seeds
        p = corrected.get(at, math.nan)
        if at not in corrected:
            verdict = "the base"
        elif shift.problem:
            verdict = shift.problem
        elif sign := shift.sign(p):
            verdict = "raises it" if sign > 0 else "lowers it"
        else:
            verdict = f"no change we can see (smallest: {number(shift.smallest, places)})"
        body.append(
            [
                row.name,
                str(one.n),
                signed(one.seeds.mean, places),
                span(one.seeds, places),
                signed(moved.mean, places) if at in corrected else NOTHING,
                span(shift.both or moved, places) if at in corrected else NOTHING,
                number(p, 4),
                verdict,
            ]
        )
        records.append(
            {
                "choice": row.name,
                "n": one.n,
                "difference": one.seeds.mean,
                "low": one.seeds.low,
                "high": one.seeds.high,
                "shift": moved.mean,
                "shift_low": moved.low,
                "shift_high": moved.high,
                "shift_both_low": (shift.both or moved).low,
                "shift_both_high": (shift.both or moved).high,
                "p_corrected": p,
                "published": _published(section, contrast),
            }
        )
    head = ["choice", "n", "difference", "95% over seeds", "shift", "95% over both", "p"]
    published = _published(section, contrast)
    return Table(
        slug=slug,
        caption=f"{contrast.name}: {contrast.cell} − {contrast.against}",
        head=[*head, "what it does"],
        rows=body,
        numbers=range(1, len(head)),
        note=f"In{metric.unit or ' ' + metric.heading}; published: {signed(published, places)}."
        " Shift: against the base's difference, paired by seed; its interval is over seeds"
        " and test examples, its p the larger of sign flips over seeds and t over both, after"
        " Holm.",
        frame=pd.DataFrame(records),
    )


def _published(section: Variants, contrast: Contrast) -> float:
    name = section.metrics[0].name
    cells = {cell.name: cell.published.get(name, math.nan) for cell in section.cells}
    return cells[contrast.cell] - cells[contrast.against]


def _said(points: Sequence[Point], contrast: Contrast, metric: Metric) -> str:
    low, high = min(points, key=lambda one: one.mean), max(points, key=lambda one: one.mean)
    places = metric.places
    return (
        f"{contrast.cell} less {contrast.against}{metric.unit and ', in' + metric.unit}: from"
        f" {low.mean:+.{places}f} with {low.name} to {high.mean:+.{places}f} with {high.name};"
        f" published {signed(points[0].published, places)}."
    )
