"""The `report:` section of an experiment, typed: what it shows, against what, and what is claimed.

A section selects its runs by their params. Unknown keys are faults, so that a typing mistake never
makes a section silently emptier.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from analysis.claim import Claim
from analysis.panel import Panel
from analysis.strict import Strict

Where = Mapping[str, Any]
"""Param → value, compared by meaning."""


class Metric(Strict):
    """A column: a logged metric, or what is made of one or two points of curves."""

    name: str
    label: str = ""
    of: str = ""
    minus: str = ""
    percent: bool = False
    decimals: int | None = None
    better: Literal["higher", "lower"] | None = None

    @property
    def source(self) -> str:
        """What is logged: `test_accuracy`, or `validation_loss@last`."""
        return self.of or self.name

    @property
    def words(self) -> str:
        """What a sentence calls it."""
        return self.label or self.name.replace("_", " ")

    @property
    def heading(self) -> str:
        return f"{self.words} (%)" if self.percent and "%" not in self.words else self.words

    @property
    def places(self) -> int:
        """Decimals shown."""
        return self.decimals if self.decimals is not None else 2 if self.percent else 4

    @property
    def unit(self) -> str:
        """What differences are counted in, with a space before it, or nothing."""
        return " points" if self.percent else ""

    @property
    def scale(self) -> float:
        return 100.0 if self.percent else 1.0


class Cell(Strict):
    """A row: the runs with these params, and what the paper published of them."""

    name: str
    where: Where
    published: Mapping[str, float] = Field(default_factory=dict)


class Reference(Strict):
    """A number of somebody else, shown beside ours and never tested against."""

    name: str
    metric: str
    value: float
    note: str = ""


class Curves(Strict):
    """Curves by epoch."""

    kind: Literal["curves"]
    title: str = ""
    cells: list[str] = Field(default_factory=list)
    panels: list[Panel]
    epochs: int | None = None


class Points(Strict):
    """Means with intervals, a row a cell."""

    kind: Literal["points"]
    title: str = ""
    cells: list[str] = Field(default_factory=list)
    metric: str = ""


class Lines(Strict):
    """A metric against a number."""

    kind: Literal["lines"]
    title: str = ""
    cells: list[str] = Field(default_factory=list)
    x: str
    by: str = ""
    metric: str = ""
    log: bool = False


class Heat(Strict):
    """A metric over two params."""

    kind: Literal["heat"]
    title: str = ""
    cells: list[str] = Field(default_factory=list)
    x: str
    y: str
    metric: str = ""


class Stopping(Strict):
    """A curve of each seed, with the epoch whose weights were kept."""

    kind: Literal["stopping"]
    title: str = ""
    cell: str
    metric: str
    best: str = "best_epoch"


Figure = Annotated[Curves | Points | Lines | Heat | Stopping, Field(discriminator="kind")]


class Tuning(Strict):
    """How the settings of a section's cells were chosen, and on which runs."""

    experiment: str = ""
    select: Where = Field(default_factory=dict)
    by: list[str] = Field(default_factory=list)
    over: list[str] = Field(min_length=1)
    metric: str
    better: Literal["higher", "lower"]
    seeds: list[int] = Field(min_length=1)
    among: Mapping[str, list[Any]] = Field(default_factory=dict)


class _Section(Strict):
    title: str
    section: int | float | str = ""
    reading: str = ""
    question: str = ""
    text: str = ""
    claims: list[Claim] = Field(default_factory=list)


class Cells(_Section):
    """A table of cells, each a mean over seeds."""

    kind: Literal["cells"] = "cells"
    seeds: list[int] = Field(default_factory=list)
    select: Where = Field(default_factory=dict)
    grid: Mapping[str, list[Any]] = Field(default_factory=dict)
    cells: list[Cell] = Field(default_factory=list)
    references: list[Reference] = Field(default_factory=list)
    metrics: list[Metric] = Field(min_length=1)
    figures: list[Figure] = Field(default_factory=list)
    tuning: Tuning | None = None


class Variant(Strict):
    """What one choice changes of a section's `select`."""

    name: str
    where: Where


class Contrast(Strict):
    """A difference between two cells that a choice may cause."""

    name: str
    cell: str
    against: str


class Variants(_Section):
    """How close each of some choices comes to what was published, and which causes what."""

    kind: Literal["variants"]
    seeds: list[int] = Field(default_factory=list)
    select: Where = Field(default_factory=dict)
    cells: list[Cell] = Field(min_length=1)
    metrics: list[Metric] = Field(min_length=1)
    variants: list[Variant] = Field(default_factory=list)
    variant_grid: Mapping[str, list[Any]] = Field(default_factory=dict)
    contrasts: list[Contrast] = Field(default_factory=list)
    base: str = ""


class Widths(_Section):
    """How wide equal hidden layers must be to have the parameters of a reference."""

    kind: Literal["widths"]
    inputs: int = Field(gt=0)
    outputs: int = Field(gt=0)
    reference: list[int] = Field(min_length=1)
    layers: list[int] = Field(min_length=1)
    published: Mapping[int, float] = Field(default_factory=dict)


class Csv(_Section):
    """A table that another command wrote."""

    kind: Literal["csv"]
    file: str
    key: str
    columns: list[str] = Field(min_length=1)
    published: Mapping[str, Mapping[str, float]] = Field(default_factory=dict)


Section = Annotated[Cells | Variants | Widths | Csv, Field(discriminator="kind")]
