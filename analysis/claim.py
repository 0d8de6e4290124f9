"""A claim of the paper, as an experiment's file words it and says how it is to be tested."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from analysis.strict import Strict


class Comparison(Strict):
    """The number of one cell is higher, or lower, than that of each of some others."""

    id: str
    sentence: str
    kind: Literal["higher", "lower"]
    cell: str
    against: list[str] = Field(min_length=1)
    metric: str = ""


class Best(Strict):
    """One cell is better than every other."""

    id: str
    sentence: str
    kind: Literal["best"]
    cell: str
    against: list[str] = Field(default_factory=list)
    metric: str = ""


class WithinMargin(Strict):
    """A cell differs from each of some others by less than `margin`, in the table's unit.

    Either way, or to the worse.
    """

    id: str
    sentence: str
    kind: Literal["no_difference", "not_worse"]
    cell: str
    against: list[str] = Field(min_length=1)
    margin: float = Field(gt=0)
    metric: str = ""


class Level(Strict):
    """The mean of each of some cells reaches, or stays under, a number in the table's unit."""

    id: str
    sentence: str
    kind: Literal["at_least", "at_most"]
    cells: list[str] = Field(min_length=1)
    value: float
    metric: str = ""


class Untestable(Strict):
    """A claim that can't be put to a test, with the reason."""

    id: str
    sentence: str
    kind: Literal["untestable"]
    note: str


class AllAtMost(Strict):
    """No row of a recorded table has more than `value` in a column."""

    id: str
    sentence: str
    kind: Literal["all_at_most"]
    column: str
    value: float


Claim = Annotated[
    Comparison | Best | WithinMargin | Level | Untestable | AllAtMost,
    Field(discriminator="kind"),
]
