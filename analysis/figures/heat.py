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
_MOST_LEFT = 0.45  # of the width


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
        widest = _MOST_LEFT * width - 0.6
        ys = [style.short(text, widest) for text in self.y]
        left = 0.6 + _LETTER * max(map(len, ys))
        square = (width - left - 0.15) / len(self.x)
        numbers = [f"{mean:.{self.places}f}" for mean in self.means.flat if np.isfinite(mean)]
        # Words and numbers that are wider than a square stand upright in it.
        turned = _LETTER * max(map(len, numbers), default=0) > square
        longest = max(map(len, self.x))
        upright = _LETTER * longest + 0.05 > square
        below, above = 0.55 + (_LETTER * longest if upright else 0), 0.3
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
                ax.text(
                    column,
                    row,
                    text,
                    ha="center",
                    va="center",
                    color=colour,
                    fontsize=6.5 if turned else 7.5,
                    rotation=90 if turned else 0,
                )
            ax.set_xticks(range(len(self.x)), list(self.x), rotation=90 if upright else 0)
            ax.set_yticks(range(len(self.y)), ys)
            ax.set_xlabel(self.x_label)
            ax.set_ylabel(self.y_label)
            ax.set_title(self.label, loc="left")
            ax.grid(visible=False)
        return figure
