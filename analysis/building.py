"""Puts a report together: a chapter for each section of the experiments, and what is around."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from analysis.cells import Rules
from analysis.chapters import cells, excluded, leftover
from analysis.document import Block, Chapter, Document, Heading, Paragraph
from analysis.experiments import Experiment
from analysis.runs import Runs
from analysis.sections import Cells

TITLE = "Report"


def build(runs: Runs, experiments: Sequence[Experiment], rules: Rules) -> Document:
    """Make the whole report of some runs."""
    chapters = []
    used: set[str] = set()
    for place, together in groupby(experiments, key=lambda one: str(one.section.section)):
        alike = list(together)
        made = [_blocks(one, runs, rules, used) for one in alike]
        chapters.append(_chapter(place, alike, made))
    left = [run for run in runs if run.run_id not in used]
    last = (leftover.chapter(runs, left, rules), excluded.chapter(runs))
    return Document(TITLE, [*chapters, *(one for one in last if one is not None)])


def _chapter(place: str, alike: Sequence[Experiment], made: Sequence[Sequence[Block]]) -> Chapter:
    """Put the readings of one section under each other."""
    title = alike[0].section.title
    head = f"{place} {title}".strip()
    blocks: list[Block] = []
    for one, own in zip(alike, made, strict=True):
        section = one.section
        if len(alike) > 1 or section.reading:
            words = [section.title] if section.title != title else []
            name = ": ".join([f"{section.reading} reading".strip().capitalize(), *words])
            blocks.append(Heading(name, f"section-{one.slug}"))
        blocks += own
    return Chapter(f"chapter-{alike[0].slug}", head, blocks)


def _blocks(one: Experiment, runs: Runs, rules: Rules, used: set[str]) -> list[Block]:
    section = one.section
    blocks: list[Block] = [Paragraph(text) for text in (section.question, section.text) if text]
    if isinstance(section, Cells):
        made = cells.chapter(one, section, runs, rules)
        used |= {run.run_id for filled in made.filled for run in (*filled.used, *filled.others)}
        blocks += made.blocks
    return blocks
