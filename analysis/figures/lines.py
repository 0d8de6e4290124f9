"""Lines with bands: curves by epoch, or a metric against a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from analysis.figures import style
from analysis.figures.legend import legend

Floats = NDArray[np.float64]
_HEIGHT = 1.9
_STRIP = 0.4
_FEWEST = 3  # runs of which a band is drawn: that of two is twelve times their distance wide
_ROOM = 0.3  # of the range of the means, which a wide band may take above and below them
_MOST_IN_A_ROW = 2
_NARROWEST = 2.4  # inches of a panel with its labels; where there is less they stand in one column
_FEWEST_NAMED = 2


@dataclass(frozen=True)
class Line:
    """Means with half widths and n at each x; nan where there is none."""

    name: str
    x: Floats
    mean: Floats
    half: Floats
    n: Floats
    place: int = 0
    """Which colour and dash it has: equal for what is the same in several panels."""


@dataclass(frozen=True)
class Panel:
    """Lines on one pair of axes."""

    label: str
    lines: Sequence[Line]
    title: str = ""


@dataclass(frozen=True)
class Lines(style.Drawn):
    """Panels side by side, two in a row.

    A curve ends where fewer than half of its runs are left: the mean of some that happened to go
    on is no mean of all. The strip and the frame follow them to the last.
    """

    panels: Sequence[Panel]
    x_label: str
    alt: str
    log: bool = False
    points: bool = False
    """Whether each x is a setting of its own, and is marked."""

    def frame(self) -> pd.DataFrame:
        """Give a row for each x of each line, with its n."""
        parts = [
            pd.DataFrame(
                {
                    "panel": " ".join(filter(None, (panel.title, panel.label))),
                    "line": line.name,
                    self.x_label: line.x,
                    "n": line.n.astype(int),
                    "mean": line.mean,
                    "low": line.mean - line.half,
                    "high": line.mean + line.half,
                }
            )
            for panel in self.panels
            for line in panel.lines
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def draw(self, width: float = style.WIDTH) -> Figure:
        """Draw it `width` inches wide; under panels where runs stopped early a strip shows n."""
        columns = max(1, min(_MOST_IN_A_ROW, len(self.panels), int(width / _NARROWEST)))
        rows = -(-len(self.panels) // columns)
        thins = any(_thins(line) for panel in self.panels for line in panel.lines)
        with style.styled():
            looks = self._looks()
            key = legend(list(looks.values()), width)
            head = key.height if any(panel.title for panel in self.panels) else key.head
            strips = _STRIP if thins else 0
            figure, axes = style.panels(width, rows, columns, _HEIGHT, strips, head)
            for panel, (ax, strip) in zip(self.panels, axes, strict=False):
                self._panel(ax, panel)
                if strip is not None:
                    _count(strip, panel)
                (strip or ax).set_xlabel(self.x_label)
            for ax, strip in axes[len(self.panels) :]:
                ax.set_axis_off()
                if strip is not None:
                    strip.set_axis_off()
            key.draw(figure, [Line2D([], [], **self._look(place)) for place in looks])
        return figure

    def _looks(self) -> dict[int, str]:
        """Give by its place what each look stands for, in all panels; none where that is clear."""
        if all(len(panel.lines) < _FEWEST_NAMED for panel in self.panels):
            return {}
        names: dict[int, list[str]] = {}
        for panel in self.panels:
            for line in panel.lines:
                if line.name not in names.setdefault(line.place, []):
                    names[line.place].append(line.name)
        return {place: " / ".join(names[place]) for place in sorted(names)}

    def _look(self, place: int) -> dict[str, Any]:
        mark = {"marker": style.mark(place), "markersize": 4} if self.points else {}
        return {**style.line(place), **mark}

    def _panel(self, ax: Axes, panel: Panel) -> None:
        for line in panel.lines:
            look = style.line(line.place)
            mean = line.mean if self.points else _shown(line)
            ax.plot(line.x, mean, label=line.name, **self._look(line.place))
            if self.points:
                ax.errorbar(
                    line.x, line.mean, line.half, fmt="none", ecolor=look["color"], capsize=2
                )
            else:
                half = np.where(line.n >= _FEWEST, line.half, np.nan)
                low, high = mean - half, mean + half
                ax.fill_between(line.x, low, high, color=look["color"], alpha=0.2, linewidth=0)
        if not self.points:
            _frame(ax, panel.lines)
        if self.log:
            _log(ax, [line.x for line in panel.lines])
        ax.set_ylabel(panel.label)
        if panel.title:
            ax.set_title(panel.title, loc="left")


def _frame(ax: Axes, lines: Sequence[Line]) -> None:
    """Let the axis follow the means; a band that is much wider leaves the picture."""
    means = np.concatenate([_shown(line) for line in lines])
    halves = np.concatenate([np.where(line.n >= _FEWEST, line.half, 0) for line in lines])
    finite = np.isfinite(means)
    if not finite.any():
        return
    means, halves = means[finite], np.nan_to_num(halves[finite])
    lowest, highest = float(means.min()), float(means.max())
    room = _ROOM * (highest - lowest) or abs(highest) * 0.05 or 1.0
    low = max(float((means - halves).min()), lowest - room)
    high = min(float((means + halves).max()), highest + room)
    margin = 0.04 * (high - low) or room
    ax.set_ylim(low - margin, high + margin)


def _shown(line: Line) -> Floats:
    """Give the means of at least half of the runs; nan for the others."""
    return np.where(line.n >= line.n.max(initial=0) / 2, line.mean, np.nan)


def _thins(line: Line) -> bool:
    return not line.n.size or line.n.min() < line.n.max()


def _count(strip: Axes, panel: Panel) -> None:
    """Draw how many runs each mean is of."""
    for line in panel.lines:
        strip.step(line.x, line.n, where="mid", linewidth=1.0, **style.line(line.place))
    most = max((float(line.n.max()) for line in panel.lines), default=1.0)
    strip.set_ylim(0, most * 1.15)
    strip.set_yticks([0, most])
    strip.set_ylabel("runs")


def _log(ax: Axes, xs: Sequence[Floats]) -> None:
    """Set a logarithmic axis that has room for zero, and ticks where the settings are."""
    settings = sorted({float(x) for line in xs for x in line})
    above = [x for x in settings if x > 0]
    if not above:
        return
    if len(above) < len(settings):
        ax.set_xscale("symlog", linthresh=above[0])
    else:
        ax.set_xscale("log")
    ax.set_xticks(settings, [f"{x:g}" for x in settings])
    ax.set_xticks([], minor=True)
