"""Parallel coordinates: an axis for each setting and one for what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.figures import style

_HEIGHT = 2.6
_BEST = 3
_BELOW, _ABOVE = 0.35, 0.65  # room for the axes' names and the legend


@dataclass(frozen=True)
class Parallel(style.Drawn):
    """Settings (rows, params) as places on their axes, 0 to 1, and the result of each row.

    `ticks` has for each param its values' texts with their places. Rows stand best first; the
    first three are drawn strong, with a dash each.
    """

    params: Sequence[str]
    places: NDArray[np.float64]
    ticks: Sequence[Sequence[tuple[str, float]]]
    results: NDArray[np.float64]
    names: Sequence[str]
    label: str
    alt: str

    def frame(self) -> pd.DataFrame:
        """Give a row for each setting."""
        frame = pd.DataFrame({"settings": list(self.names), self.label: self.results})
        for at, name in enumerate(self.params):
            texts = {place: text for text, place in self.ticks[at]}
            frame[name] = [texts[place] for place in self.places[:, at]]
        return frame

    def draw(self, width: float = style.WIDTH) -> Figure:
        """Draw it `width` inches wide."""
        low, high = float(np.nanmin(self.results)), float(np.nanmax(self.results))
        last = (self.results - low) / (high - low if high > low else 1.0)
        rows = np.column_stack([self.places, last])
        colours = mpl.colormaps["cividis"]
        with style.styled():
            total = _HEIGHT + _BELOW + _ABOVE
            figure = Figure(figsize=(width, total))
            ax = figure.add_axes((0.07, _BELOW / total, 0.82, _HEIGHT / total))
            for at in reversed(range(len(rows))):
                is_best = at < _BEST
                ax.plot(
                    rows[at],
                    color="black" if is_best else colours(0.15 + 0.75 * float(last[at])),
                    linestyle=style.DASHES[at] if is_best else "solid",
                    linewidth=1.8 if is_best else 0.8,
                    alpha=1.0 if is_best else 0.55,
                    label=f"{at + 1}: {self.names[at]}" if is_best else None,
                )
            for x, ticks in enumerate([*self.ticks, [(f"{low:.4g}", 0.0), (f"{high:.4g}", 1.0)]]):
                ax.axvline(x, color="black", linewidth=0.8)
                for text, place in ticks:
                    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
                    ax.text(x, place, f" {text}", va="center", fontsize=7.5, bbox=box)
            ax.set_xticks(range(len(self.params) + 1), [*self.params, self.label])
            ax.set_yticks([])
            ax.set_ylim(-0.06, 1.06)
            ax.spines["left"].set_visible(False)
            ax.grid(visible=False)
            handles, labels = ax.get_legend_handles_labels()
            ax.legend(
                handles[::-1],
                labels[::-1],
                loc="lower left",
                bbox_to_anchor=(0, 1.0),
                borderaxespad=0.2,
                labelspacing=0.2,
            )
        return figure
