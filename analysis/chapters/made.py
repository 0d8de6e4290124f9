"""What a section has come to: what is said of it, and what the summary needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from analysis.cells import Filled
from analysis.claims import Verdict
from analysis.document import Block, Picture, Plot, Table, flat
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
    absent: Sequence[str] = ()
    """A sentence for each metric or curve that it names and no run has."""

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Its tables by their captions, for a notebook."""
        return {
            block.caption: block.frame
            for block in flat(self.blocks)
            if isinstance(block, Table) and block.frame is not None
        }

    @property
    def figures(self) -> dict[str, Plot]:
        """Its figures by their titles, for a notebook."""
        return {
            block.title: block.plot for block in flat(self.blocks) if isinstance(block, Picture)
        }

    @property
    def is_begun(self) -> bool:
        """Whether it has any run, or needs none."""
        return not self.filled or any(one.used or one.others for one in self.filled)
