"""Claims and what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.claims import Verdict
from analysis.document import Block, Table
from analysis.document import Verdict as Word


def verdicts(slug: str, found: Sequence[Verdict]) -> Iterator[Block]:
    """Tabulate the claims of a section."""
    if not found:
        return
    yield Table(
        slug=f"{slug}-claims",
        caption="The paper's claims",
        head=["claim", "verdict", "evidence"],
        rows=[
            [f"“{one.claim.sentence}”", Word(one.verdict), " ".join(one.evidence)] for one in found
        ],
        note="Paired by seed, exact sign-flip test, Holm's correction within a claim.",
    )
