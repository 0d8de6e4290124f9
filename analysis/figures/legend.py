"""A legend above the axes, in as many columns as the figure has room for."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

_POINTS = 72
_MARGIN = 0.12  # inches beside and above it
_HANDLE, _PAD, _BETWEEN, _SPACING = 2.8, 0.8, 1.6, 0.3  # letter sizes, as matplotlib reckons
_UNTITLED = 0.2
_LINE = 1.2  # letter sizes from one line of a text to the next, at most


@dataclass(frozen=True)
class Legend:
    """Texts, broken where they are longer than the figure is wide."""

    texts: tuple[str, ...]
    columns: int
    height: float
    """In inches; 0 of no texts."""

    @property
    def head(self) -> float:
        """Inches that it needs above axes that have no title, whose room it may take."""
        return max(0.0, self.height - _UNTITLED)

    def draw(self, figure: Figure, handles: Sequence[Artist]) -> None:
        """Put it at the top of a figure, with a handle for each text."""
        if not self.texts:
            return
        width, height = figure.get_size_inches()
        figure.legend(
            handles,
            self.texts,
            loc="upper left",
            bbox_to_anchor=(_MARGIN / width, 1 - _MARGIN / 2 / height),
            ncols=self.columns,
            borderaxespad=0,
            borderpad=0,
            handlelength=_HANDLE,
            handletextpad=_PAD,
            columnspacing=_BETWEEN,
            labelspacing=_SPACING,
        )


def legend(texts: Sequence[str], width: float) -> Legend:
    """Lay texts out in a figure `width` inches wide, in the style that is set."""
    if not texts:
        return Legend((), 1, 0.0)
    size = FontProperties(size=mpl.rcParams["legend.fontsize"]).get_size_in_points() / _POINTS
    room = width - 2 * _MARGIN - (_HANDLE + _PAD) * size
    broken = tuple(_broken(text, room) for text in texts)
    widest = max(_width(line) for text in broken for line in text.split("\n"))
    each = widest + (_HANDLE + _PAD + _BETWEEN) * size
    columns = max(1, min(len(texts), int((width - 2 * _MARGIN + _BETWEEN * size) / each)))
    tallest = max(_tall(column) for column in _columns(broken, columns))
    return Legend(broken, columns, _MARGIN + size * tallest)


def _columns(texts: Sequence[str], columns: int) -> Iterator[Sequence[str]]:
    """Fill columns one after another, the first with what is over, as matplotlib does."""
    least, over = divmod(len(texts), columns)
    at = 0
    for column in range(columns):
        more = least + (column < over)
        yield texts[at : at + more]
        at += more


def _tall(column: Sequence[str]) -> float:
    """Reckon how tall texts under each other are, in letter sizes."""
    return sum(_LINE * (text.count("\n") + 1) + _SPACING for text in column)


def _broken(text: str, room: float) -> str:
    """Break a text into lines of at most `room` inches."""
    if _width(text) <= room:
        return text
    letters = max(1, int(len(text) * room / _width(text)))
    for fewer in range(letters, 0, -1):
        lines = textwrap.wrap(text, fewer)
        if all(_width(line) <= room for line in lines):
            return "\n".join(lines)
    return text


def _width(text: str) -> float:
    """Measure a line, in inches."""
    if not text.strip():
        return 0.0
    font = FontProperties(family=mpl.rcParams["font.family"], size=mpl.rcParams["legend.fontsize"])
    return float(TextPath((0, 0), text, prop=font).get_extents().width) / _POINTS
