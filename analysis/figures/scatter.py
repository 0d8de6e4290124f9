"""What came of each setting against what it cost, with the best for each cost joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from analysis.figures import style
from analysis.figures.legend import legend

Floats = NDArray[np.float64]
_HEIGHT = 2.6
_MOST_NAMED = 8


@dataclass(frozen=True)
class Scatter(style.Drawn):
    """Means with half widths over a cost; `higher` says which way is better."""

    names: Sequence[str]
    x: Floats
    mean: Floats
    half: Floats
    x_label: str
    label: str
    higher: bool
    alt: str

    def front(self) -> list[int]:
        """Give the settings that no cheaper one equals, the cheapest first."""
        found: list[int] = []
        sign = 1 if self.higher else -1
        for at in np.lexsort((-sign * self.mean, self.x)):
            if not found or sign * self.mean[at] > sign * self.mean[found[-1]]:
                found.append(int(at))
        return found

    def frame(self) -> pd.DataFrame:
        """Give a row for each setting."""
        return pd.DataFrame(
            {
                "settings": list(self.names),
                self.x_label: self.x,
                self.label: self.mean,
                "low": self.mean - self.half,
                "high": self.mean + self.half,
                "best for its cost": [at in self.front() for at in range(len(self.names))],
            }
        )

    def draw(self, width: float = style.WIDTH) -> Figure:
        """Draw it `width` inches wide."""
        with style.styled():
            named = self.front()[-_MOST_NAMED:]
            texts = [f"{number}: {self.names[at]}" for number, at in enumerate(named, start=1)]
            key = legend(texts, width)
            figure, ((ax, _),) = style.panels(width, 1, 1, _HEIGHT, head=key.head)
            ax.errorbar(self.x, self.mean, self.half, fmt="o", markersize=4, capsize=2, color="C0")
            front = self.front()
            ax.plot(self.x[front], self.mean[front], color=style.COLOURS[1], linestyle="dashed")
            for number, at in enumerate(named, start=1):
                ax.annotate(
                    f"{number}",
                    (float(self.x[at]), float(self.mean[at])),
                    xytext=(-4, 5),
                    textcoords="offset points",
                    ha="right",
                    fontsize=7.5,
                )
            key.draw(
                figure, [Line2D([], [], linestyle="none", marker="o", color="C0")] * len(named)
            )
            if self.x.min() > 0 and self.x.max() / self.x.min() > 10:  # noqa: PLR2004 - a decade
                ax.set_xscale("log")
            ax.set_xlabel(self.x_label)
            ax.set_ylabel(self.label)
        return figure
