"""What it all comes to: claims by reading, how close each reading is, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from analysis.chapters.made import Made
from analysis.claims import FELL, HELD, OPEN, UNTESTED
from analysis.closeness import closeness
from analysis.document import Block, Chapter, Entry, Link, Paragraph, Table, Verdict
from analysis.numbers import NOTHING, number, signed, span
from analysis.sections import Variants
from analysis.statistics import Interval
from analysis.tables import Measured

_HOW = """
**n** counts seeds. An interval *over seeds* says where the mean would settle with ever more seeds,
tested on these same examples. One *over seeds and test examples* also counts that the test set is a
sample: a claim about the method needs it.

Differences are paired by seed and tested by exact sign flips over all 2ⁿ ways to give signs,
corrected by Holm's method for the comparisons of the same claim. Where it is known which examples
were right, a difference must stand out over test examples too. Where none is seen, the smallest is
given that would have been seen in 80% of such studies. A claim that there is no difference holds
only if the whole 90% interval lies within its margin.

A claim **held** or **fell** by these tests; it stays **open** where they show neither.
"""


def chapter(made: Sequence[Made]) -> Chapter:
    """Sum the sections up."""
    return Chapter("summary", "In short", [*_claims(made), *_close(made), *_whole(made)])


def how_to_read() -> Chapter:
    """Explain the words that all tables use."""
    return Chapter("how-to-read", "How to read the numbers", [Paragraph(_HOW)])


def _claims(made: Sequence[Made]) -> Iterator[Block]:
    """Tabulate claims by reading."""
    readings = list(dict.fromkeys(one.experiment.section.reading for one in made if one.verdicts))
    claims: dict[str, dict[str, str]] = {}
    sentences: dict[str, tuple[str, str]] = {}
    for one in made:
        section = one.experiment.section
        for verdict in one.verdicts:
            claims.setdefault(verdict.claim.id, {})[section.reading] = verdict.verdict
            target = f"section-{one.experiment.slug}"
            sentences.setdefault(verdict.claim.id, (verdict.claim.sentence, target))
    if not claims:
        return
    every = [verdict for found in claims.values() for verdict in found.values()]
    counts = ", ".join(f"{every.count(word)} {word}" for word in (HELD, FELL, OPEN, UNTESTED))
    rows: list[list[Entry]] = []
    for name, found in claims.items():
        words: list[Entry] = [
            Verdict(found[reading]) if reading in found else NOTHING for reading in readings
        ]
        rows.append([Link(f"“{sentences[name][0]}”", sentences[name][1]), *words])
    records = [
        {
            "claim": name,
            "sentence": sentences[name][0],
            **{r or "verdict": v for r, v in found.items()},
        }
        for name, found in claims.items()
    ]
    yield Table(
        slug="claims",
        caption=f"The paper's claims: {counts}",
        head=["claim", *(reading or "verdict" for reading in readings)],
        rows=rows,
        frame=pd.DataFrame(records),
    )


def _close(made: Sequence[Made]) -> Iterator[Block]:
    """Tabulate how close each reading comes, over all its cells."""
    groups: dict[tuple[str, str], list[Measured]] = {}
    for one in made:
        for cell in one.measured:
            if math.isfinite(cell.published):
                key = (one.experiment.section.reading, cell.metric.heading)
                groups.setdefault(key, []).append(cell)
    rows: list[list[Entry]] = []
    records = []
    for (reading, heading), cells in groups.items():
        found, places = closeness(cells), cells[0].metric.places
        ends = Interval(found.cells, found.rmse, found.low, found.high)
        rows.append(
            [
                reading or "all",
                heading,
                f"{found.cells} of {found.of}",
                number(found.rmse, places),
                span(ends, places),
                f"{signed(found.largest, places)} at {found.where}" if found.where else NOTHING,
                number(found.tau, 2),
            ]
        )
        records.append({"reading": reading, "metric": heading, **vars(found)})
    if rows:
        yield Table(
            slug="closeness",
            caption="How close each reading comes to what was published",
            head=["reading", "metric", "cells", "RMSE", "95% over seeds", "largest miss", "rank τ"],
            rows=rows,
            numbers=[2, 3, 4, 6],
            note="RMSE over these cells, in the metric's unit (points for percent), its interval by"
            " bootstrap of the seeds; τ is Kendall's: 1 is the published order, −1 its reverse."
            + _elsewhere(made),
            frame=pd.DataFrame(records),
        )


def _elsewhere(made: Sequence[Made]) -> str:
    """Name the sections that measure closeness over cells of their own, so that none is sought."""
    texts = []
    for one in made:
        section = one.experiment.section
        if isinstance(section, Variants):
            metric = section.metrics[0].name
            cells = sum(metric in cell.published for cell in section.cells)
            texts.append(f"{section.section} {section.title} ({cells})".strip())
    if not texts:
        return ""
    return (
        " Not to be compared with the RMSE of sections that have other cells, each its own number"
        f" of them: {'; '.join(texts)}."
    )


def _whole(made: Sequence[Made]) -> Iterator[Block]:
    """Say how whole each section is."""
    rows: list[list[Entry]] = []
    for one in made:
        if not one.filled:
            continue
        section, filled = one.experiment.section, one.filled
        states: dict[str, int] = {}
        for cell in filled:
            for state, count in cell.states.items():
                states[state] = states.get(state, 0) + count
        notes = [f"{count} {state}" for state, count in sorted(states.items())]
        stale, refused = sum(c.stale for c in filled), sum(c.refused for c in filled)
        notes += [f"{stale} stale cells"] if stale else []
        notes += [f"{refused} refused cells"] if refused else []
        name = f"{section.section} {section.title}".strip()
        rows.append(
            [
                Link(
                    f"{name}{section.reading and ', ' + section.reading}",
                    f"section-{one.experiment.slug}",
                ),
                f"{len(filled)}",
                f"{sum(len(c.used) for c in filled)} of {sum(c.expected for c in filled)}",
                "; ".join(notes),
            ]
        )
    if rows:
        yield Table(
            slug="completeness",
            caption="What is there",
            head=["section", "cells", "runs", "notes"],
            rows=rows,
            numbers=[1, 2],
        )
