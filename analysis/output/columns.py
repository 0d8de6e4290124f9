"""How wide the columns of a LaTeX table are: by their letters, and by what the page's line holds.

All widths are in points, as an article at 10 pt sets them: on a wider line the columns that wrap
take their share of what is more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.ft2font import FT2Font

from analysis.output.letters import escaped

# A word may end a line after these signs, but not so that numbers are parted.
_BREAK = re.compile(r"(?<=[_/:,+-])(?=[^\W\d])|(?<=[^\W\d][_./:,+-])(?=\w)")
_WORD = 9  # ems: a word that is longer, with no such sign, may end a line anywhere
_SLACK = 1.02


@dataclass(frozen=True)
class Line:
    """What tables are set on: `room` points, upright or turned, in letters of one size."""

    size: str
    em: float
    room: float
    gap: float
    turned: bool = False


# The narrowest line that article gives at 10 pt, on A4 or letter, and the shortest page: small
# letters are wider than they are high.
LINES = (
    Line("footnotesize", 8.5, 345, 8),
    Line("scriptsize", 8.0, 345, 6),
    Line("footnotesize", 8.5, 550, 8, turned=True),
    Line("scriptsize", 8.0, 550, 6, turned=True),
)
_ROW = 3  # lines of a few words that are still read at one look
_PROSE = 80  # points: a column of whole phrases


@dataclass(frozen=True)
class Fit:
    """A line and the columns on it; `wraps` says which of them are narrower than their text."""

    line: Line
    widths: tuple[float, ...]
    wraps: tuple[bool, ...]
    lines: int
    """Lines that all rows take."""
    crowded: int
    """The most lines that a row has in a column too narrow for prose."""

    def share(self, at: int) -> float:
        """Give the part of the line that a column takes."""
        return self.widths[at] / self.line.room


def pieces(text: str) -> list[str]:
    """Part a text into words, and these where a line may end; words keep the space before them."""
    found = [piece for word in re.findall(r"\s*\S+", text) for piece in re.split(_BREAK, word)]
    return [part for piece in found for part in _short(piece)]


def _short(piece: str) -> list[str]:
    parts, taken = [""], 0.0
    for letter in piece:
        ems = _ems(letter)
        if taken + ems > _WORD and parts[-1].strip():
            parts.append("")
            taken = 0.0
        parts[-1] += letter
        taken += ems
    return parts


def width(text: str, line: Line, *, bold: bool = False) -> float:
    """Say how many points a text takes."""
    return sum(map(_ems, text)) * line.em * _SLACK * (1.16 if bold else 1)


def wrapped(text: str, room: float, line: Line, *, bold: bool = False) -> list[str]:
    """Break a text into lines of `room` points, or of one piece that is wider."""
    lines: list[str] = []
    for piece in pieces(text):
        if lines and width(lines[-1] + piece, line, bold=bold) <= room:
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
    return lines


def fitted(
    head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]
) -> Fit | None:
    """Find the line that a table reads best on, and its columns; None if it fits on none."""
    columns = [[row[at] for row in rows] for at in range(len(head))]
    tried = []
    for whole in (numbers, ()):  # numbers are wrapped only if there is no other way
        for line in LINES:
            fit = _on(line, head, columns, whole)
            if fit is not None and fit.crowded <= _ROW:
                return fit
            tried.append(fit)
    return min(filter(None, tried), key=lambda fit: fit.crowded, default=None)


def _on(
    line: Line, head: Sequence[str], columns: Sequence[Sequence[str]], whole: Sequence[int]
) -> Fit | None:
    """Fit the columns on a line; those of `whole` are as wide as their text, or None."""
    room = line.room - line.gap * (len(head) - 1) - 1  # for rounding
    full = [max((width(text, line) for text in texts), default=0.0) for texts in columns]
    narrow = [_widest_piece([title], line, bold=True) for title in head]
    least = [
        max(title, body if at in whole else _widest_piece(texts, line))
        for at, (title, body, texts) in enumerate(zip(narrow, full, columns, strict=True))
    ]
    for lines in range(1, _ROW + 1):
        titles = [
            _title(title, lines, least, line) for title, least in zip(head, narrow, strict=True)
        ]
        asked = list(map(max, full, titles, least))
        if sum(asked) <= room:
            break
    widths = cut(asked, least, room)
    if widths is None:
        return None
    wraps = tuple(room < body for room, body in zip(widths, full, strict=True))
    counts = [
        [len(wrapped(text, room, line)) if wrap else 1 for text in texts]
        for texts, room, wrap in zip(columns, widths, wraps, strict=True)
    ]
    return Fit(
        line,
        tuple(widths),
        wraps,
        lines=sum(map(max, zip(*counts, strict=True))),
        crowded=max(
            (
                max(lines, default=1)
                for lines, room in zip(counts, widths, strict=True)
                if room < _PROSE
            ),
            default=1,
        ),
    )


def _widest_piece(texts: Sequence[str], line: Line, *, bold: bool = False) -> float:
    parts = (piece.strip() for text in texts for piece in pieces(text))
    return max((width(part, line, bold=bold) for part in parts), default=0.0)


def _title(title: str, lines: int, least: float, line: Line) -> float:
    """Give a width at which a title takes no more than some lines."""
    room = least
    while len(wrapped(title, room, line, bold=True)) > lines:
        room *= 1.1
    return room


def cut(widths: Sequence[float], least: Sequence[float], room: float) -> list[float] | None:
    """Cut the widest columns, none below its `least`, until all have room; None if they can't."""
    if sum(least) > room:
        return None
    low, high = 0.0, max(widths, default=0.0)
    cuts = list(widths)
    if sum(cuts) <= room:
        return cuts
    while high - low > 0.01:  # noqa: PLR2004 - points
        middle = (low + high) / 2
        cuts = [max(min(width, middle), floor) for width, floor in zip(widths, least, strict=True)]
        low, high = (middle, high) if sum(cuts) <= room else (low, middle)
    return [max(min(width, low), floor) for width, floor in zip(widths, least, strict=True)]


@cache
def _ems(letter: str) -> float:
    """Say how wide a letter is in Computer Modern, which is also matplotlib's; or a wide guess."""
    if letter in "<>|_{}\\" or not " " <= letter <= "~":
        is_numbered = escaped(letter).startswith("{[}U+")
        return sum(map(_ems, f"[U+{ord(letter):04X}]")) if is_numbered else 0.8
    return float(_font().load_char(ord(letter)).linearHoriAdvance) / 65536 / 10


@cache
def _font() -> FT2Font:
    font = FT2Font(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "cmr10.ttf"))
    font.set_size(10, 72)
    return font
