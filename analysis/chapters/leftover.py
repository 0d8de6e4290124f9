"""Runs that no section selects: still worth a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.cells import Rules, seed_of
from analysis.document import Block, Chapter, Command, Entry, Paragraph, Table
from analysis.groups import Groups, group, usual_metrics
from analysis.numbers import number, span, with_half
from analysis.runs import Run, Runs
from analysis.tables import frame, measure

_MOST_ROWS = 40
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
    yield Paragraph(
        f"{len(left)} runs in {len(groups.filled)} settings. No section above selects them."
    )
    if any(0 < len(one.runs) < _ENOUGH for one in groups.filled):
        few = min(len(one.runs) for one in groups.filled if one.runs)
        yield Paragraph(
            f"n={few}: "
            + ("one seed gives no interval. " if few == 1 else "few seeds. ")
            + f"{_ENOUGH} seeds of each setting let differences be tested. This makes those that"
            " are missing and trains nothing twice:"
        )
        yield from _commands(runs, left)
    yield _table(runs, left, groups)


def _commands(runs: Runs, left: Sequence[Run]) -> Iterator[Command]:
    keys = {run.tags.get("sweeps.sweep") for run in left}
    seeds = ",".join(map(str, range(_ENOUGH)))
    for one in runs.sweeps:
        if one.key in keys and one.command:
            words = [word for word in one.command.split() if not word.startswith("seed=")]
            yield Command(" ".join([*words, f"seed={seeds}"]))


def _table(runs: Runs, left: Sequence[Run], groups: Groups) -> Table:
    metrics = usual_metrics(left)
    measured = [[measure(runs, one, metric) for metric in metrics] for one in groups.filled]
    first, *rest = metrics
    rows: list[list[Entry]] = []
    for row in measured[:_MOST_ROWS]:
        filled = row[0].filled
        entries: list[Entry] = [*(groups.values(filled) or [filled.cell.name])]
        entries += [filled.count, number(row[0].seeds.mean, first.places)]
        entries.append(span(row[0].seeds, first.places))
        entries += [with_half(one.seeds, one.metric.places) for one in row[1:]]
        seeds = ", ".join(str(seed_of(run)) for run in filled.used)
        rows.append([*entries, "; ".join([*filled.notes, f"seed {seeds}"])])
    params = list(groups.params) or ["settings"]
    head = [*params, "n", first.heading, "95% over seeds", *(m.heading for m in rest), "notes"]
    more = len(measured) - len(rows)
    return Table(
        slug=_SLUG,
        caption="Means over seeds",
        head=head,
        rows=rows,
        numbers=list(range(len(params), len(head) - 1)),
        note=f"{more} more rows are in the CSV." if more > 0 else "",
        frame=frame("", "", [one for row in measured for one in row]),
    )
