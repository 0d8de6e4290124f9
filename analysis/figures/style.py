"""The one visual style: readable in print, in grey, and by those who don't see all colours."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures.typeface import registered

WIDTH = 6.4
"""Inches, unless told otherwise: a page less its margins."""

# Okabe and Ito's colours ("Color Universal Design", 2008), those first that differ most in grey.
COLOURS = ("#0072B2", "#D55E00", "#000000", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DASHES: tuple[tuple[float, tuple[float, ...]] | str, ...] = (
    "solid",
    (0, (5, 1.5)),
    (0, (1, 1.2)),
    (0, (6, 1.5, 1, 1.5)),
    (0, (9, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (2, 2)),
)
MARKS = ("o", "s", "^", "D", "v", "P", "X")

LETTER = 0.07
"""Inches of an average letter of what stands at axes."""

_FEWEST_LETTERS = 5
_LEFT, _RIGHT, _BELOW, _ABOVE = 0.62, 0.12, 0.5, 0.3

_SETTINGS: Any = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9,
    "figure.dpi": 100,
    "font.size": 8.5,
    "grid.color": "#d9d9d9",
    "grid.linewidth": 0.5,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "legend.handlelength": 2.8,
    "lines.linewidth": 1.5,
    "pdf.fonttype": 42,
    "savefig.dpi": 160,
    "svg.fonttype": "path",
    "svg.hashsalt": "sweepstack",
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}


class Drawn(ABC):
    """What a notebook shows of a figure that is the last word of a cell."""

    @abstractmethod
    def draw(self, width: float = WIDTH) -> Figure:
        """Draw it `width` inches wide."""

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        with styled():
            self.draw().savefig(file, format="png")
        return file.getvalue()


@contextmanager
def styled() -> Iterator[None]:
    """Draw and save in the style, and leave others' settings as they were."""
    with mpl.rc_context({**_SETTINGS, "font.family": registered()}):
        yield


def line(place: int) -> dict[str, Any]:
    """Give the colour and the dash of the line at a place: no two of seven share either."""
    return {"color": COLOURS[place % len(COLOURS)], "linestyle": DASHES[place % len(DASHES)]}


def short(text: str, room: float) -> str:
    """Leave out the middle of a text that is longer than some inches; ends tell names apart."""
    letters = max(_FEWEST_LETTERS, int(room / LETTER))
    if len(text) <= letters:
        return text
    last = letters // 2
    return f"{text[: letters - last - 1]}…{text[-last:]}"


def mark(place: int) -> str:
    """Give the mark of the points at a place."""
    return MARKS[place % len(MARKS)]


def panels(
    width: float, rows: int, columns: int, height: float, strip: float = 0, head: float = 0
) -> tuple[Figure, list[tuple[Axes, Axes | None]]]:
    """Make a figure of axes `height` inches high, with room for labels between them.

    Each has a lower one of `strip` inches with the same x axis, if that is more than 0. `head`
    inches are left free above them all. The room is reckoned in inches: matplotlib's own layout
    would draw everything twice.
    """
    gap = 0.12 if strip else 0
    block = height + _ABOVE + _BELOW + strip + gap
    total, each = rows * block + head, width / columns
    figure = Figure(figsize=(width, total))

    def axes(row: int, column: int, bottom: float, tall: float, like: Axes | None = None) -> Axes:
        place = (
            (column * each + _LEFT) / width,
            ((rows - 1 - row) * block + bottom) / total,
            (each - _LEFT - _RIGHT) / width,
            tall / total,
        )
        return figure.add_axes(place, sharex=like)

    made: list[tuple[Axes, Axes | None]] = []
    for row in range(rows):
        for column in range(columns):
            upper = axes(row, column, _BELOW + strip + gap, height)
            lower = axes(row, column, _BELOW, strip, like=upper) if strip else None
            if lower is not None:
                upper.tick_params(labelbottom=False)
            made.append((upper, lower))
    return figure, made
