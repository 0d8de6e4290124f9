"""Puts a report together: a chapter for each section of the experiments, and what is around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from analysis.absence import absences
from analysis.cells import Rules, newest_code
from analysis.chapters import cells, excluded, leftover, recorded, summary, variants, widths
from analysis.chapters.made import Made
from analysis.document import Block, Chapter, Document, Heading, Paragraph
from analysis.errors import AnalysisError
from analysis.experiments import Experiment, experiments, folders
from analysis.runs import Runs
from analysis.sections import Cells, Csv, Variants

TITLE = "Report"


def build(runs: Runs, asked: Sequence[Experiment], rules: Rules) -> Document:
    """Make the whole report of some runs."""
    made = [_made(one, runs, rules) for one in asked]
    # By identity: a copy of a run that a section counts is no run of its own.
    used = {
        run.identity
        for one in made
        for filled in one.filled
        for run in (*filled.used, *filled.others)
    }
    left = [run for run in runs if run.identity not in used]
    sections = [summary.chapter(made), summary.how_to_read(), *_chapters(made)] if made else []
    others = leftover.chapter(runs, left, rules)
    chapters = [*sections, *([others] if others else [])]
    if others and not any(one.filled and one.is_begun for one in made):
        chapters = [others, *sections]  # what there is comes before what isn't
    out = excluded.chapter(runs)
    absent = [f"{one.experiment.name}: {text}" for one in made for text in one.absent]
    return Document(TITLE, [*chapters, *([out] if out else [])], absent)


def section(runs: Runs, name: str, rules: Rules | None = None) -> Made:
    """Make one section by the name of its experiment: its tables and figures, for a notebook.

    Raises `AnalysisError` if there is no such experiment.
    """
    every = experiments(folders())
    for one in every:
        if one.name == name:
            return _made(one, runs, rules or Rules(newest_code=newest_code(runs)))
    msg = f"There is no experiment {name} with a report: there are {_list(every)}."
    raise AnalysisError(msg)


def _list(every: Sequence[Experiment]) -> str:
    return ", ".join(one.name for one in every) or "none"


def _made(one: Experiment, runs: Runs, rules: Rules) -> Made:
    section = one.section
    if isinstance(section, Cells):
        return cells.chapter(one, section, runs, rules)
    if isinstance(section, Variants):
        return _with_absent(variants.chapter(one, section, runs, rules), section, runs)
    if isinstance(section, Csv):
        return recorded.chapter(one, section, runs)
    return widths.chapter(one, section)


def _with_absent(made: Made, section: Variants, runs: Runs) -> Made:
    absent = absences(runs, made.filled, section.metrics[:1])
    return replace(made, blocks=[*map(Paragraph, absent), *made.blocks], absent=absent)


def _chapters(made: Sequence[Made]) -> list[Chapter]:
    """Put files of one section under each other, each with its reading."""
    chapters = []
    for place, together in groupby(made, key=lambda one: str(one.experiment.section.section)):
        alike = list(together)
        first = alike[0].experiment
        title = f"{place} {first.section.title}".strip()
        # A section that is alone under its title needs no heading of its own.
        alone = len(alike) == 1 and not first.section.reading
        blocks: list[Block] = []
        for one in alike:
            section = one.experiment.section
            reading = f"{section.reading} reading".capitalize() if section.reading else ""
            words = [section.title] if section.title != first.section.title or not reading else []
            if not alone:
                name = ": ".join([*([reading] if reading else []), *words])
                blocks.append(Heading(name, f"section-{one.experiment.slug}"))
            blocks += [Paragraph(text) for text in (section.question, section.text) if text]
            blocks += one.blocks
        chapters.append(Chapter(f"{'section' if alone else 'chapter'}-{first.slug}", title, blocks))
    return chapters
