"""Runs that no section selects: still worth a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.cells import Rules, seed_of
from analysis.chapters import curves
from analysis.document import Block, Chapter, Command, Entry, Paragraph, Picture, Table
from analysis.groups import Groups, group, usual_curves, usual_metrics
from analysis.numbers import number, span, with_half
from analysis.runs import Run, Runs
from analysis.tables import Measured, frame, measure

_MOST_ROWS = 40
_MOST_LINES = 7
_ENOUGH = 10
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
    yield from commands(runs, left, groups)
    metrics = usual_metrics(left)
    measured = [[measure(runs, one, metric) for metric in metrics] for one in groups.filled]
    yield table(groups, measured, _SLUG)
    shown = [one for one in groups.filled if one.runs][:_MOST_LINES]
    names = usual_curves(runs, [run for one in shown for run in one.runs])
    drawn = curves.plot(runs, shown, [curves.told(name) for name in names])
    if drawn is not None:
        few = " (the first settings)" if len(groups.filled) > _MOST_LINES else ""
        yield Picture(f"{_SLUG}-curves", f"By epoch{few}", drawn)


def commands(runs: Runs, left: Sequence[Run], groups: Groups) -> Iterator[Block]:
    """Say which commands bring settings of few seeds to enough of them."""
    few = min((len(one.runs) for one in groups.filled if one.runs), default=_ENOUGH)
    keys = {run.tags.get("sweeps.sweep") for run in left}
    found = [one.command for one in runs.sweeps if one.key in keys and one.command]
    if few >= _ENOUGH:
        return
    yield Paragraph(
        f"**n={few}:** "
        + ("one seed gives no interval, and no difference can be tested. " if few == 1 else "")
        + f"{_ENOUGH} seeds of each setting let differences be seen."
        + (" This makes those that are missing:" if found else "")
    )
    seeds = ",".join(map(str, range(_ENOUGH)))
    for one in found:
        words = [word for word in one.split() if not word.startswith("seed=")]
        yield Command(" ".join([*words, f"seed={seeds}"]))


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
        seeds = _ranges([seed for run in filled.used if (seed := seed_of(run)) is not None])
        rows.append([*entries, "; ".join([*filled.notes, *([f"seeds {seeds}"] if seeds else [])])])
    params = list(groups.params) or ["settings"]
    head = [*params, "n", first.heading, "95% over seeds", *(m.heading for m in rest), "notes"]
    more = len(measured) - len(rows)
    half = "± is half of the 95% interval over seeds." if rest else ""
    return Table(
        slug=slug,
        caption="Means over seeds",
        head=head,
        rows=rows,
        numbers=list(range(len(params), len(head) - 1)),
        note=f"{half} {more} more rows are in the CSV." if more > 0 else half,
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
