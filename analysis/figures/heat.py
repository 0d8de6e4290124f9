"""A metric over two settings: a square each, with its number in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.figures import style

_SQUARE = 0.42
_LETTER = 0.075
_DARK = 0.55


@dataclass(frozen=True)
class Heat(style.Drawn):
    """Means (rows, columns); nan where there is no run."""

    means: NDArray[np.float64]
    x_label: str
    x: Sequence[str]
    y_label: str
    y: Sequence[str]
    label: str
    alt: str
    places: int = 2

    def frame(self) -> pd.DataFrame:
        """Give a row for each square."""
        rows = [
            {self.y_label: y, self.x_label: x, self.label: self.means[row, column]}
            for row, y in enumerate(self.y)
            for column, x in enumerate(self.x)
        ]
        return pd.DataFrame(rows)

    def draw(self, width: float = style.WIDTH) -> Figure:
        """Draw it `width` inches wide."""
        left = 0.6 + _LETTER * max(map(len, self.y))
        below, above = 0.55, 0.3
        height = _SQUARE * len(self.y)
        total = height + below + above
        with style.styled():
            figure = Figure(figsize=(width, total))
            ax = figure.add_axes(
                (left / width, below / total, (width - left - 0.15) / width, height / total)
            )
            low, high = np.nanmin(self.means), np.nanmax(self.means)
            ax.imshow(self.means, cmap="cividis", aspect="auto", vmin=low, vmax=high)
            for row, column in np.ndindex(self.means.shape):
                mean = self.means[row, column]
                share = (mean - low) / (high - low) if high > low else 1.0
                text = f"{mean:.{self.places}f}" if np.isfinite(mean) else "–"
                colour = "black" if not np.isfinite(share) or share > _DARK else "white"
                ax.text(column, row, text, ha="center", va="center", color=colour, fontsize=7.5)
            ax.set_xticks(range(len(self.x)), list(self.x))
            ax.set_yticks(range(len(self.y)), list(self.y))
            ax.set_xlabel(self.x_label)
            ax.set_ylabel(self.y_label)
            ax.set_title(self.label, loc="left")
            ax.grid(visible=False)
        return figure
