"""What a section lacks, and the command for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.cells import Filled
from analysis.document import Block, Command, Paragraph
from analysis.experiments import Experiment


def missing(experiment: Experiment, filled: Sequence[Filled]) -> Iterator[Block]:
    """Say how many runs have no number, and how to make them."""
    runs = sum(one.expected - len(one.used) for one in filled)
    if not runs:
        return
    of = sum(one.expected for one in filled)
    cells = sum(one.expected > len(one.used) for one in filled)
    yield Paragraph(
        f"**Not complete:** {runs} of {of} runs have no number, in {cells} of {len(filled)} cells."
        + (" This makes what is missing:" if experiment.command else "")
    )
    if experiment.command:
        yield Command(experiment.command)
