"""Parallel coordinates: an axis for each setting and one for what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from analysis.figures import style
from analysis.figures.legend import legend

_HEIGHT = 2.6
_BEST = 3
_BELOW, _ABOVE, _RIGHT = 0.15, 0.1, 0.55
_SLANT = 0.71  # of its length, as far as a slanted word reaches
_APART = 0.1


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
            best = range(min(_BEST, len(rows)))
            key = legend([f"{at + 1}: {self.names[at]}" for at in best], width)
            heads = [*self.params, self.label]
            below = _BELOW + _SLANT * style.LETTER * max(map(len, heads))
            # Slanted words reach to the left of their axis.
            reach = max(
                _SLANT * style.LETTER * len(head) - at * 0.3 for at, head in enumerate(heads)
            )
            left = min(max(0.15, reach), 0.35 * width)
            total = _HEIGHT + below + key.height + _ABOVE
            figure = Figure(figsize=(width, total))
            share = (width - left - _RIGHT) / width
            room = max(share * width / len(self.params) - _APART, 0)
            ax = figure.add_axes((left / width, below / total, share, _HEIGHT / total))
            for at in reversed(range(len(rows))):
                is_best = at < _BEST
                ax.plot(
                    rows[at],
                    color="black" if is_best else colours(0.15 + 0.75 * float(last[at])),
                    linestyle=style.DASHES[at] if is_best else "solid",
                    linewidth=1.8 if is_best else 0.8,
                    alpha=1.0 if is_best else 0.55,
                )
            for x, ticks in enumerate([*self.ticks, [(f"{low:.4g}", 0.0), (f"{high:.4g}", 1.0)]]):
                ax.axvline(x, color="black", linewidth=0.8)
                for text, place in [(style.short(text, room), place) for text, place in ticks]:
                    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
                    ax.text(x, place, f" {text}", va="center", fontsize=7.5, bbox=box)
            ax.set_xticks(range(len(heads)), heads, rotation=45, ha="right", rotation_mode="anchor")
            ax.set_yticks([])
            ax.set_ylim(-0.06, 1.06)
            ax.spines["left"].set_visible(False)
            ax.grid(visible=False)
            looks = [{**style.line(at), "color": "black", "linewidth": 1.8} for at in best]
            handles = [Line2D([], [], **look) for look in looks]
            key.draw(figure, handles)
        return figure
