"""A section of cells: its table, figures, verdicts, and the runs behind each cell."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import claims
from analysis.absence import absences, curves_of, metrics_of
from analysis.cells import Filled, Rules, fill
from analysis.chapters import tuning
from analysis.chapters.made import Made
from analysis.chapters.missing import missing
from analysis.chapters.plots import plots
from analysis.chapters.provenance import anchor, behind
from analysis.chapters.verdicts import verdicts
from analysis.document import Block, Details, Entry, Link, Paragraph, Table
from analysis.experiments import Experiment
from analysis.numbers import NOTHING, number, signed, span, with_half
from analysis.runs import Runs
from analysis.sections import Cells, Metric
from analysis.tables import Measured, frame, measure


def chapter(experiment: Experiment, section: Cells, runs: Runs, rules: Rules) -> Made:
    """Make all that the report says of a section of cells."""
    filled = tuple(fill(runs, cell, section.select, section.seeds, rules) for cell in section.cells)
    measured = tuple(
        tuple(measure(runs, one, metric) for metric in section.metrics) for one in filled
    )
    by_name = {one.cell.name: one for one in filled}
    found = tuple(
        claims.judge(claim, runs, by_name, section.metrics, allow_mixed=rules.allow_mixed)
        for claim in section.claims
    )
    table = _table(experiment, section, measured)
    said = [*verdicts(experiment.slug, found)]
    absent = absences(runs, filled, metrics_of(section), curves_of(section))
    blocks: list[Block] = [*missing(experiment, filled), *map(Paragraph, absent)]
    if any(one.used or one.others for one in filled):
        blocks += [table, *plots(experiment, section, runs, filled, measured), *said]
    else:
        blocks.append(Details("What it will show", [table, *said]))
    passing: list[Filled] = []
    if section.tuning is not None:
        chosen, passing = tuning.blocks(experiment.slug, section, section.tuning, runs, rules)
        blocks += chosen
        absent += absences(runs, passing, [Metric(name=section.tuning.metric)])
    blocks.append(behind(experiment.slug, filled))
    first = [row[0] for row in measured]
    return Made(experiment, blocks, first, [*filled, *passing], found, absent)


def _table(experiment: Experiment, section: Cells, measured: Sequence[Sequence[Measured]]) -> Table:
    first, *rest = section.metrics
    published = _published(section, first)
    head = ["cell", "n", first.heading, "95% over seeds"]
    over_both = any(row[0].both is not None for row in measured)
    head += ["95% over seeds and test examples"] if over_both else []
    head += ["published", "ours − published"] if published else []
    for metric in rest:
        head.append(metric.heading)
        head += [f"published {metric.heading}"] if _published(section, metric) else []
    numbers = range(1, len(head))
    has_notes = any(row[0].filled.notes for row in measured) or section.references
    head += ["notes"] if has_notes else []
    rows = []
    for row in measured:
        one = row[0]
        filled, places = one.filled, first.places
        entries: list[Entry] = [
            Link(filled.cell.name, anchor(experiment.slug, filled.cell.name)),
            filled.count,
            one.counted(number(one.seeds.mean, places)),
            span(one.seeds, places),
        ]
        entries += [span(one.both, places)] if over_both else []
        if published:
            entries += [
                number(one.published, places),
                signed(one.seeds.mean - one.published, places),
            ]
        for other in row[1:]:
            entries.append(other.counted(with_half(other.seeds, other.metric.places)))
            if _published(section, other.metric):
                entries.append(number(other.published, other.metric.places))
        entries += ["; ".join(filled.notes)] if has_notes else []
        rows.append(entries)
    rows += [_reference(section, head, one.name) for one in section.references]
    flat = [one for row in measured for one in row]
    return Table(
        slug=experiment.slug,
        caption=f"{section.title}: means over seeds",
        head=head,
        rows=rows,
        numbers=list(numbers),
        note=_note(section, flat, over_both=over_both),
        frame=frame(experiment.name, section.reading, flat),
    )


def _published(section: Cells, metric: Metric) -> bool:
    return any(metric.name in cell.published for cell in section.cells) or any(
        one.metric == metric.name for one in section.references
    )


def _reference(section: Cells, head: Sequence[str], name: str) -> list[Entry]:
    one = next(found for found in section.references if found.name == name)
    metric = next((m for m in section.metrics if m.name == one.metric), section.metrics[0])
    entries: list[Entry] = [NOTHING] * len(head)
    entries[0] = one.name
    column = "published" if metric is section.metrics[0] else f"published {metric.heading}"
    entries[head.index(column)] = number(one.value, metric.places)
    entries[-1] = one.note
    return entries


def _note(section: Cells, measured: Sequence[Measured], *, over_both: bool) -> str:
    rest = " ± is half of the 95% interval over seeds." if section.metrics[1:] else ""
    seeds = "Over seeds: for these test examples."
    both = " Over seeds and test examples: for the method." if over_both else ""
    few = any(one.filled.runs and not one.is_whole for one in measured)
    survivors = " (k of n): the mean is of k runs only; the others have no such number."
    return seeds + both + rest + (survivors if few else "")
