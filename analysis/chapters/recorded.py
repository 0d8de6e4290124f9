"""A table that another command wrote as CSV, beside what was published of it."""

from __future__ import annotations

import io
import math

import pandas as pd

from analysis.chapters.made import Made
from analysis.chapters.verdicts import verdicts
from analysis.claim import AllAtMost, Claim, Untestable
from analysis.claims import FELL, HELD, UNTESTED, Verdict
from analysis.document import Block, Command, Entry, Paragraph, Table
from analysis.errors import AnalysisError
from analysis.experiments import Experiment
from analysis.runs import Runs
from analysis.sections import Csv


def chapter(experiment: Experiment, section: Csv, runs: Runs) -> Made:
    """Tabulate the file. Raises `AnalysisError` if it lacks a column."""
    text = runs.kept.table(section.file)
    if text is None:
        blocks: list[Block] = [
            Paragraph(f"**Not complete:** there is no {section.file}. This makes it:")
        ]
        if experiment.command:
            blocks.append(Command(experiment.command))
        return Made(experiment, blocks)
    frame = pd.read_csv(io.StringIO(text), dtype={section.key: str})
    lacking = [name for name in (section.key, *section.columns) if name not in frame.columns]
    if lacking:
        msg = (
            f"{section.file} has no column {', '.join(lacking)}: it has {', '.join(frame.columns)}."
        )
        raise AnalysisError(msg)
    found = [_judge(claim, section, frame) for claim in section.claims]
    table = _table(experiment, section, frame)
    return Made(experiment, [table, *verdicts(experiment.slug, found)], verdicts=found)


def _table(experiment: Experiment, section: Csv, frame: pd.DataFrame) -> Table:
    head = [section.key]
    for column in section.columns:
        head.append(column)
        head += [f"published {column}"] if _is_published(section, column) else []
    rows: list[list[Entry]] = []
    for _, record in frame.iterrows():
        name = str(record[section.key])
        entries: list[Entry] = [name]
        for column in section.columns:
            entries.append(_written(float(record[column])))
            if _is_published(section, column):
                known = section.published.get(name, {})
                entries.append(_written(known.get(column, math.nan)))
        rows.append(entries)
    return Table(
        slug=experiment.slug,
        caption=section.title,
        head=head,
        rows=rows,
        numbers=range(1, len(head)),
        frame=frame,
    )


def _is_published(section: Csv, column: str) -> bool:
    return any(column in known for known in section.published.values())


def _written(value: float) -> str:
    """Write small numbers with five digits that count."""
    return f"{value:.4e}" if math.isfinite(value) else "–"


def _judge(claim: Claim, section: Csv, frame: pd.DataFrame) -> Verdict:
    if isinstance(claim, Untestable):
        return Verdict(claim, UNTESTED, (claim.note,))
    if not isinstance(claim, AllAtMost) or claim.column not in frame.columns:
        return Verdict(claim, UNTESTED, ("The file has no such column.",))
    sizes = frame[claim.column].abs().to_numpy(float)
    most, name = float(sizes.max()), frame[section.key].iloc[int(sizes.argmax())]
    evidence = f"The largest {claim.column} is {most:.2e} ({name}); the limit {claim.value:g}."
    return Verdict(claim, HELD if most <= claim.value else FELL, (evidence,))
