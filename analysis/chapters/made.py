"""What a section has come to: what is said of it, and what the summary needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.cells import Filled
from analysis.claims import Verdict
from analysis.document import Block
from analysis.experiments import Experiment
from analysis.tables import Measured


@dataclass(frozen=True)
class Made:
    """A section's blocks with its cells, measured on its first metric, and its verdicts."""

    experiment: Experiment
    blocks: Sequence[Block]
    measured: Sequence[Measured] = ()
    filled: Sequence[Filled] = ()
    """Every cell, those too that are only used in passing."""
    verdicts: Sequence[Verdict] = field(default_factory=tuple)
