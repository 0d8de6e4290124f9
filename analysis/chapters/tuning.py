"""How a section's settings were chosen."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.cells import Filled, Rules
from analysis.document import Block, Details, Entry, Heading, Paragraph, Table
from analysis.numbers import NOTHING, number
from analysis.runs import Runs
from analysis.sections import Cells, Tuning, Where
from analysis.tables import frame
from analysis.tuning import Tuned, overlap, tuned
from analysis.values import said

_PLACES = 4


def blocks(
    slug: str, section: Cells, tuning: Tuning, runs: Runs, rules: Rules
) -> tuple[list[Block], list[Filled]]:
    """Say what was tried and chosen; give the cells of the tuning too."""
    found = tuned(section, tuning, runs, rules)
    filled = [one.filled for group in found for one in group.tried]
    return [*_blocks(f"{slug}-tuning", section, tuning, found)], filled


def _blocks(slug: str, section: Cells, tuning: Tuning, found: list[Tuned]) -> Iterator[Block]:
    yield Heading("How the settings were chosen", slug, level=4)
    seeds = ", ".join(map(str, tuning.seeds))
    both = overlap(section, tuning)
    yield Paragraph(
        f"By the {'least' if tuning.better == 'lower' else 'highest'} mean of {tuning.metric} over"
        f" seeds {seeds}, "
        + (
            f"**of which {', '.join(map(str, both))} are also reported.**"
            if both
            else "none of which is reported."
        )
        + f" {_budget(found)}"
    )
    yield _table(slug, tuning, found)
    yield Details(
        "Everything that was tried", [_tried(slug, one, at) for at, one in enumerate(found)]
    )


def _budget(found: list[Tuned]) -> str:
    budgets = {(len(one.tried), one.runs) for one in found}
    if len(budgets) == 1:
        settings, runs = budgets.pop()
        each = " each" if len(found) > 1 else ""
        return f"Tried: {settings} settings, {runs} runs{each}."
    each = "; ".join(f"{one.name} {len(one.tried)} settings, {one.runs} runs" for one in found)
    return f"**Tried, not equally much:** {each}."


def _table(slug: str, tuning: Tuning, found: list[Tuned]) -> Table:
    rows: list[list[Entry]] = []
    for one in found:
        best = one.best
        chosen: Where = best.filled.cell.where if best else {}
        notes = [f"{name} at the edge of what was tried" for name in one.edges]
        if one.reported:
            notes.append(f"NOT what is reported: {', '.join(one.reported)}")
        elif best is not None:
            notes.append("as reported")
        second = one.tried[1] if best and len(one.tried) > 1 else None
        rows.append(
            [
                one.name,
                *(_value(chosen, name) for name in tuning.over),
                best.counted(number(best.seeds.mean, _PLACES)) if best else NOTHING,
                second.counted(number(second.seeds.mean, _PLACES)) if second else NOTHING,
                "; ".join(notes) or "nothing was tried yet",
            ]
        )
    head = ["cells", *tuning.over, tuning.metric.replace("_", " "), "second best", "notes"]
    return Table(
        slug=slug,
        caption="Chosen settings",
        head=head,
        rows=rows,
        numbers=range(1, len(head) - 1),
    )


def _value(where: Where, name: str) -> str:
    return said(where[name]) if name in where else NOTHING


def _tried(slug: str, one: Tuned, at: int) -> Table:
    rows: list[list[Entry]] = [
        [
            found.filled.cell.name,
            found.filled.count,
            found.counted(number(found.seeds.mean, _PLACES)),
            "; ".join(found.filled.notes),
        ]
        for found in one.tried
    ]
    return Table(
        slug=f"{slug}-{at + 1}",
        caption=f"Tried for {one.name}",
        head=["settings", "n", "mean", "notes"],
        rows=rows,
        numbers=[1, 2],
        frame=frame("tuning", "", one.tried),
    )
