"""Runs that no section selects: still worth a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from analysis.cells import Rules, seed_of
from analysis.chapters import curves
from analysis.chapters.seeds import commands
from analysis.document import Block, Chapter, Entry, Paragraph, Picture, Table
from analysis.groups import Groups, group, usual_curves, usual_metrics
from analysis.numbers import number, span, with_half
from analysis.runs import Run, Runs
from analysis.sections import Metric
from analysis.tables import Measured, frame, measure

_MOST_ROWS = 40
MOST_LINES = 7  # the looks that there are
_SLUG = "other-runs"


def chapter(runs: Runs, left: Sequence[Run], rules: Rules) -> Chapter | None:
    """Tabulate runs of no section over their seeds; None if there are none."""
    left = [run for run in left if run.excluded is None]
    if not left:
        return None
    groups = group(left, rules=rules)
    title = "Runs of no section" if len(left) < len(runs) else "All runs"
    return Chapter(_SLUG, title, [*_blocks(runs, left, groups)])


def _blocks(runs: Runs, left: Sequence[Run], groups: Groups) -> Iterator[Block]:
    yield Paragraph(f"{len(left)} runs in {len(groups.filled)} settings. No section selects them.")
    yield from commands(runs, groups)
    metrics = usual_metrics(left)
    measured = [[measure(runs, one, metric) for metric in metrics] for one in groups.filled]
    yield table(groups, measured, _SLUG)
    best = best_first(measured)
    shown = [row[0].filled for row in best if row[0].filled.runs][:MOST_LINES]
    names = usual_curves(runs, [run for one in shown for run in one.runs])
    drawn = curves.plot(runs, groups.apart(shown), [curves.told(name) for name in names])
    if drawn is not None:
        note = left_out(groups, len(shown), metrics[0])
        yield Picture(f"{_SLUG}-curves", "By epoch", drawn, note)


def best_first(measured: Sequence[Sequence[Measured]]) -> list[Sequence[Measured]]:
    """Put groups in order by the first metric, those without a number last."""

    def rank(row: Sequence[Measured]) -> float:
        mean = row[0].seeds.mean
        sign = 1 if row[0].metric.better == "lower" else -1
        return sign * mean if math.isfinite(mean) else math.inf

    return sorted(measured, key=rank)


def left_out(groups: Groups, shown: int, metric: Metric) -> str:
    """Say how many settings a figure leaves out, and by what it chose."""
    more = sum(bool(one.runs) for one in groups.filled) - shown
    if more <= 0:
        return ""
    way = "lowest" if metric.better == "lower" else "highest"
    return f"The {shown} of the {way} mean {metric.heading} are drawn; {more} are left out."


def table(groups: Groups, measured: Sequence[Sequence[Measured]], slug: str) -> Table:
    """Tabulate groups in the order given."""
    metrics = [one.metric for one in measured[0]]
    first, *rest = metrics
    rows: list[list[Entry]] = []
    for row in measured[:_MOST_ROWS]:
        filled = row[0].filled
        entries: list[Entry] = [*(groups.values(filled) or [filled.cell.name])]
        entries += [filled.count, number(row[0].seeds.mean, first.places)]
        entries.append(span(row[0].seeds, first.places))
        entries += [with_half(one.seeds, one.metric.places) for one in row[1:]]
        seeds = _ranges(sorted({seed for run in filled.used if (seed := seed_of(run)) is not None}))
        rows.append([*entries, "; ".join([*filled.notes, *([f"seeds {seeds}"] if seeds else [])])])
    params = list(groups.params) or ["settings"]
    over = "runs" if any(one.mixes and one.runs for one in groups.filled) else "seeds"
    head = [*params, "n", first.heading, f"95% over {over}", *(m.heading for m in rest), "notes"]
    more = len(measured) - len(rows)
    notes = [f"± is half of the 95% interval over {over}."] if rest else []
    if over == "runs":
        notes.append("Where a group mixes settings, n counts runs and the interval is of these.")
    if more > 0:
        notes.append(f"{more} more rows are in the CSV.")
    return Table(
        slug=slug,
        caption=f"Means over {over}",
        head=head,
        rows=rows,
        numbers=list(range(len(params), len(head) - 1)),
        note=" ".join(notes),
        frame=frame("", "", [one for row in measured for one in row]),
    )


def _ranges(numbers: Sequence[int]) -> str:
    """Write ascending numbers briefly: 0–4, 7."""
    parts: list[list[int]] = []
    for one in numbers:
        if parts and one == parts[-1][-1] + 1:
            parts[-1].append(one)
        else:
            parts.append([one])
    return ", ".join(f"{p[0]}–{p[-1]}" if len(p) > 1 else f"{p[0]}" for p in parts)
