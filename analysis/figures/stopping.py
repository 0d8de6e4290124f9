"""Early stopping at work: a curve for each seed, with the epoch whose weights were kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.figures import style

_HEIGHT = 2.4
_DOT = 4.5


@dataclass(frozen=True)
class Stopped:
    """One run: its curve, and the epoch that was kept; nan if none is known."""

    name: str
    epochs: NDArray[np.float64]
    curve: NDArray[np.float64]
    best: float


@dataclass(frozen=True)
class Stopping(style.Drawn):
    """Runs on one pair of axes."""

    runs: Sequence[Stopped]
    label: str
    alt: str

    def frame(self) -> pd.DataFrame:
        """Give a row for each epoch of each run."""
        parts = [
            pd.DataFrame(
                {
                    "run": run.name,
                    "epoch": run.epochs,
                    self.label: run.curve,
                    "kept": run.epochs == run.best,
                }
            )
            for run in self.runs
        ]
        return pd.concat(parts, ignore_index=True)

    def draw(self, width: float = style.WIDTH) -> Figure:
        """Draw it `width` inches wide."""
        with style.styled():
            figure, ((ax, _),) = style.panels(width, 1, 1, _HEIGHT)
            for at, run in enumerate(self.runs):
                first = at == 0
                ax.plot(
                    run.epochs,
                    run.curve,
                    color=style.COLOURS[0],
                    linewidth=0.8,
                    alpha=0.7,
                    label="a run" if first else None,
                )
                ax.plot(
                    run.epochs[-1:],
                    run.curve[-1:],
                    "|",
                    markersize=8,
                    color="black",
                    label="stopped" if first else None,
                )
                kept = run.epochs == run.best
                ax.plot(
                    run.epochs[kept],
                    run.curve[kept],
                    "o",
                    markersize=_DOT,
                    color=style.COLOURS[1],
                    label="weights kept" if first else None,
                )
            ax.set_xlabel("epoch")
            ax.set_ylabel(self.label)
            ax.legend(ncols=3)
        return figure
