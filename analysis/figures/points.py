"""Means with intervals, a row each, and what was published beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis.figures import style

_ROW = 0.27
_LETTER = 0.075  # inches of an average letter of the labels


@dataclass(frozen=True)
class Point:
    """A row: a mean, both of its intervals and a published number; nan for what there isn't."""

    name: str
    n: int
    mean: float
    low: float = math.nan
    high: float = math.nan
    low_both: float = math.nan
    high_both: float = math.nan
    published: float = math.nan


@dataclass(frozen=True)
class Points(style.Drawn):
    """Rows from top to bottom, in the order given."""

    rows: Sequence[Point]
    label: str
    alt: str

    def frame(self) -> pd.DataFrame:
        """Give a row for each point."""
        return pd.DataFrame([vars(row) for row in self.rows])

    def draw(self, width: float = style.WIDTH) -> Figure:
        """Draw it `width` inches wide."""
        names = [row.name for row in self.rows]
        left = min(0.45 * width, 0.3 + _LETTER * max(map(len, names), default=0))
        below, above = 0.5, 0.35
        height = _ROW * max(len(names), 2)
        total = height + below + above
        with style.styled():
            figure = Figure(figsize=(width, total))
            ax = figure.add_axes(
                (left / width, below / total, (width - left - 0.15) / width, height / total)
            )
            places = range(len(self.rows))
            look: dict[str, Any] = {"color": style.COLOURS[0]}
            for at, row in zip(places, self.rows, strict=True):
                ax.plot([row.low_both, row.high_both], [at, at], linewidth=0.9, **look)
                ax.plot([row.low, row.high], [at, at], linewidth=3.2, **look)
            ours = [row.mean for row in self.rows]
            ax.plot(ours, places, "o", markersize=5, label="ours, 95% interval", **look)
            published = [row.published for row in self.rows]
            if any(map(math.isfinite, published)):
                ax.plot(
                    published,
                    places,
                    "D",
                    markersize=5.5,
                    markerfacecolor="white",
                    markeredgecolor=style.COLOURS[1],
                    label="published",
                )
            ax.set_yticks(list(places), names)
            ax.set_ylim(len(names) - 0.4, -0.6)
            ax.set_xlabel(self.label)
            ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)
        return figure
