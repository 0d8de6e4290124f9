"""What a report consists of, before it is written as Markdown, HTML or LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd


@dataclass(frozen=True)
class Link:
    """Words that lead to another place of the report."""

    text: str
    target: str


@dataclass(frozen=True)
class Verdict:
    """A word that may be coloured: held, fell, open, not tested."""

    text: str


Entry = str | Link | Verdict


@dataclass(frozen=True)
class Paragraph:
    """Markdown."""

    text: str


@dataclass(frozen=True)
class Command:
    """A line to be typed into a shell."""

    text: str


@dataclass(frozen=True)
class Table:
    """Entries in rows. The first column names the row; the columns of numbers stand right."""

    slug: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Entry]]
    numbers: Sequence[int] = ()
    note: str = ""
    frame: pd.DataFrame | None = field(default=None, compare=False)
    """What is saved as SLUG.csv: the same at full precision."""


class Plot(Protocol):
    """A figure's data, and how it is drawn."""

    @property
    def alt(self) -> str:
        """Say in words what the figure shows to be so."""
        ...

    def frame(self) -> pd.DataFrame:
        """Give the numbers that are drawn."""
        ...

    def draw(self, width: float) -> Any:
        """Draw it `width` inches wide, as a matplotlib figure."""
        ...


@dataclass(frozen=True)
class Picture:
    """A figure under its title; saved as SLUG.svg, .png, .pdf and .csv."""

    slug: str
    title: str
    plot: Plot
    note: str = ""


@dataclass(frozen=True)
class Details:
    """What is folded away until somebody asks."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Heading:
    """A title inside a chapter; `level` 3 or 4."""

    text: str
    slug: str
    level: int = 3


Block = Paragraph | Command | Table | Picture | Details | Heading


@dataclass(frozen=True)
class Chapter:
    """Blocks under a title."""

    slug: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A report."""

    title: str
    chapters: Sequence[Chapter]
    absent: Sequence[str] = ()
    """What the terminal says too: a sentence for each name that no run knows."""

    def blocks(self) -> Iterator[Block]:
        """Give every block, those that are folded away too."""
        for chapter in self.chapters:
            yield from flat(chapter.blocks)

    @property
    def tables(self) -> list[Table]:
        return [block for block in self.blocks() if isinstance(block, Table)]

    @property
    def pictures(self) -> list[Picture]:
        return [block for block in self.blocks() if isinstance(block, Picture)]


def flat(blocks: Sequence[Block]) -> Iterator[Block]:
    """Give blocks with those that are folded away in them."""
    for block in blocks:
        yield block
        if isinstance(block, Details):
            yield from flat(block.blocks)
