"""Means with intervals, a row each, and what was published beside them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures import style
from analysis.numbers import brief

_ROW, _TALL = 0.27, 0.4  # inches of a row whose label has one line, or two
_LETTER = 0.075  # inches of an average letter of the labels
_LABELS = 0.45  # of the width, which labels may take
_LEGEND = 0.17  # inches of a line of the legend
_ENTRY, _WIDEST = 1.6, 2.5  # inches of an average and of the widest entry of the legend
_FAR = 3  # quartile ranges from the quartiles: Tukey's "far out"
_ROOM = 0.5  # of the range of what isn't far out, which its intervals may take on either side


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
    note: str = ""
    """What stands small under the name."""
    is_whole: bool = True
    """Whether the mean is of every run that there was to be."""


@dataclass(frozen=True)
class Points(style.Drawn):
    """Rows from top to bottom, in the order given.

    A row that lies so far from the bulk that it would hide all differences is an arrow at the
    axis's end, with its number.
    """

    rows: Sequence[Point]
    label: str
    alt: str

    def frame(self) -> pd.DataFrame:
        """Give a row for each point."""
        return pd.DataFrame([vars(row) for row in self.rows])

    def draw(self, width: float = style.WIDTH) -> Figure:
        """Draw it `width` inches wide."""
        most = _LABELS * width
        letters = int((most - 0.3) / _LETTER)
        names = [_label(row, letters) for row in self.rows]
        longest = max((len(line) for name in names for line in name.split("\n")), default=0)
        left = min(most, 0.3 + _LETTER * longest)
        entries = [*self._legend()]
        most_columns = int(width / (_ENTRY if width >= style.WIDTH else _WIDEST))
        columns = max(1, min(len(entries), most_columns))
        above = 0.18 + _LEGEND * -(-len(entries) // columns)
        below = 0.5
        height = (_TALL if any(row.note for row in self.rows) else _ROW) * max(len(names), 2)
        total = height + below + above
        with style.styled():
            figure = Figure(figsize=(width, total))
            ax = figure.add_axes(
                (left / width, below / total, (width - left - 0.15) / width, height / total)
            )
            for at, row in enumerate(self.rows):
                _draw(ax, at, row)
            limits = _limits(self.rows)
            if limits is not None:
                ax.set_xlim(*limits)
                for at, row in enumerate(self.rows):
                    _arrows(ax, at, row, limits)
            for look in entries:
                ax.plot([], [], **look)
            ax.set_yticks(range(len(names)), names)
            ax.set_ylim(len(names) - 0.4, -0.6)
            ax.set_xlabel(self.label)
            ax.legend(
                loc="lower right",
                bbox_to_anchor=(1, 1),
                ncols=columns,
                borderaxespad=0,
                columnspacing=1.2,
                handlelength=1.6,
            )
        return figure

    def _legend(self) -> Iterator[dict[str, Any]]:
        """Name each mark that is drawn: the two bars are two intervals."""
        if any(math.isfinite(row.mean) for row in self.rows):
            yield {**_OURS, "label": "mean over seeds"}
        if any(math.isfinite(row.mean) and not row.is_whole for row in self.rows):
            yield {**_OURS, **_HOLLOW, "label": "of some runs only"}
        if any(math.isfinite(row.low) for row in self.rows):
            yield {**_SEEDS, "label": "95% over seeds"}
        if any(math.isfinite(row.low_both) and row.low_both != row.low for row in self.rows):
            yield {**_BOTH, "label": "95% over seeds and test examples"}
        if any(math.isfinite(row.published) for row in self.rows):
            yield {**_PUBLISHED, "label": "published"}


_COLOUR: dict[str, Any] = {"color": style.COLOURS[0]}
_SEEDS: dict[str, Any] = {"linewidth": 3.2, **_COLOUR}
_BOTH: dict[str, Any] = {"linewidth": 0.9, **_COLOUR}
_OURS: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": 5, **_COLOUR}
_HOLLOW: dict[str, Any] = {"markerfacecolor": "white"}
_PUBLISHED: dict[str, Any] = {
    "marker": "D",
    "linestyle": "none",
    "markersize": 5.5,
    "markerfacecolor": "white",
    "markeredgecolor": style.COLOURS[1],
}


def _label(row: Point, letters: int) -> str:
    note = textwrap.shorten(row.note, letters, placeholder=" …") if row.note else ""
    return f"{row.name}\n{note}" if note else row.name


def _draw(ax: Axes, at: int, row: Point) -> None:
    ax.plot([row.low_both, row.high_both], [at, at], **_BOTH)
    ax.plot([row.low, row.high], [at, at], **_SEEDS)
    ax.plot([row.mean], [at], **{**_OURS, **({} if row.is_whole else _HOLLOW)})
    ax.plot([row.published], [at], **_PUBLISHED)


def _limits(rows: Sequence[Point]) -> tuple[float, float] | None:
    """Give the ends of an axis for the bulk of the numbers; None if none lies far out."""
    numbers = np.array([number for row in rows for number in (row.mean, row.published)])
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return None
    low, high = np.percentile(numbers, (25, 75))
    reach = _FAR * (high - low)
    bulk = numbers[(numbers >= low - reach) & (numbers <= high + reach)]
    if len(bulk) == len(numbers) or not reach:
        return None
    lowest, highest = float(bulk.min()), float(bulk.max())
    room = _ROOM * (highest - lowest)
    ends = [end for row in rows if lowest <= row.mean <= highest for end in _bar(row)]
    start = max(min([lowest, *ends]), lowest - room)
    stop = min(max([highest, *ends]), highest + room)
    margin = 0.06 * (stop - start)
    return start - margin, stop + margin


def _arrows(ax: Axes, at: int, row: Point, limits: tuple[float, float]) -> None:
    """Mark what lies beyond either end of the axis, with its number."""
    start, stop = limits
    for end, sign, mark, side in ((start, -1, "<", "left"), (stop, 1, ">", "right")):
        is_out = sign * (row.mean - end) > 0
        texts = [brief(row.mean)] if is_out else []
        texts += [f"published {brief(row.published)}"] if sign * (row.published - end) > 0 else []
        colour = style.COLOURS[0 if is_out else 1]
        if texts:
            ax.plot([end], [at], mark, markersize=6, color=colour, clip_on=False)
            # Beside the bar, where it reaches in from beyond the end.
            reaching = _bar(row) if is_out else []
            inner = sign * min([sign * end, *(sign * one for one in reaching)])
            ax.annotate(
                ", ".join(texts),
                (inner, at),
                xytext=(-8 * sign, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=8,
            )


def _bar(row: Point) -> list[float]:
    return [end for end in (row.low, row.high, row.low_both, row.high_both) if math.isfinite(end)]
