"""How close some cells come to what was published of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.sections import Cell
from analysis.tables import Measured
from analysis.values import meaning, said

_DRAWS = 2000
_SEED = 20_261_124
_ENDS = (2.5, 97.5)
_FEWEST_RANKS = 3


@dataclass(frozen=True)
class Closeness:
    """Over the cells that have both numbers, in the table's unit; nan for what can't be said."""

    cells: int
    of: int
    rmse: float
    low: float
    high: float
    """The 95% bootstrap interval over seeds, each cell's drawn by themselves."""
    largest: float
    """The largest difference, ours less the published, with its sign."""
    where: str
    """The cell of the largest difference; its name with the params of numbers in it."""
    tau: float
    """Kendall's τ-b of the two orders."""


def closeness(measured: Sequence[Measured]) -> Closeness:
    """Measure how close cells come, by the root of the mean squared difference.

    A cell that several tables show counts once.
    """
    known = _once([one for one in measured if math.isfinite(one.published)])
    ours = [one for one in known if math.isfinite(one.seeds.mean)]
    if not ours:
        nothing = math.nan
        return Closeness(0, len(known), nothing, nothing, nothing, nothing, "", nothing)
    published = np.array([one.published for one in ours])
    means = np.array([one.seeds.mean for one in ours])
    low, high = _interval(ours, published)
    furthest = int(np.abs(means - published).argmax())
    return Closeness(
        cells=len(ours),
        of=len(known),
        rmse=float(_rmse(means, published)),
        low=low,
        high=high,
        largest=float((means - published)[furthest]),
        where=_named(ours[furthest].filled.cell),
        tau=_tau(means, published),
    )


def _once(measured: Sequence[Measured]) -> list[Measured]:
    """Keep one of those cells that ask for the same runs, with the same published number.

    Told by what selects the runs and not by those that there are: a cell that several tables show
    counts once before it has any run, too.
    """
    kept: dict[object, Measured] = {}
    for one in measured:
        filled = one.filled
        where = {**filled.select, **filled.cell.where}
        asked = frozenset((name, meaning(value)) for name, value in where.items())
        kept.setdefault((one.published, one.metric.name, asked, filled.wanted), one)
    return list(kept.values())


def _named(cell: Cell) -> str:
    """Name a cell for who doesn't see its table: a lone number says nothing."""
    params = {
        said(value): name.replace("_", " ")
        for name, value in cell.where.items()
        if not isinstance(meaning(value), str)
    }
    return ", ".join(f"{params.get(part, '')} {part}".strip() for part in cell.name.split(", "))


def _rmse(
    means: NDArray[np.float64], published: NDArray[np.float64]
) -> NDArray[np.float64] | np.float64:
    found: NDArray[np.float64] = np.sqrt(((means - published) ** 2).mean(axis=-1))
    return found


def _interval(ours: Sequence[Measured], published: NDArray[np.float64]) -> tuple[float, float]:
    if any(len(one.each) < 2 for one in ours):  # noqa: PLR2004 - no spread of one
        return math.nan, math.nan
    draw = np.random.default_rng(_SEED)
    means = np.stack(
        [
            np.array(one.each)[draw.integers(0, len(one.each), (_DRAWS, len(one.each)))].mean(
                axis=1
            )
            for one in ours
        ],
        axis=1,
    )
    low, high = np.percentile(_rmse(means, published), _ENDS)
    return float(low), float(high)


def _tau(means: NDArray[np.float64], published: NDArray[np.float64]) -> float:
    if len(means) < _FEWEST_RANKS or len(set(published)) == 1 or len(set(means)) == 1:
        return math.nan
    return float(stats.kendalltau(means, published).statistic)
