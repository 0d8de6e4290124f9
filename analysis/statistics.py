"""Means with intervals: over seeds, and over seeds and the examples they were tested on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

CONFIDENCE = 0.95
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean of n values with the ends of its interval; nan where n is too small for one.

    `error` is the standard error of the mean, `degrees` are its degrees of freedom.
    """

    n: int
    mean: float
    low: float = math.nan
    high: float = math.nan
    error: float = math.nan
    degrees: float = math.nan

    def scaled(self, factor: float) -> Interval:
        """Give it in another unit."""
        return Interval(
            self.n,
            self.mean * factor,
            self.low * factor,
            self.high * factor,
            self.error * factor,
            self.degrees,
        )

    def at(self, confidence: float) -> Interval:
        """Give it with another confidence."""
        half = float(stats.t.ppf((1 + confidence) / 2, self.degrees)) * self.error
        return replace(self, low=self.mean - half, high=self.mean + half)

    @property
    def half(self) -> float:
        """Half its width."""
        return (self.high - self.low) / 2

    @property
    def p(self) -> float:
        """The two-sided p that the mean is zero, by Student's t; 1 where there is no interval."""
        if not math.isfinite(self.error) or self.mean == 0:
            return 1.0
        if self.error == 0:
            return 0.0
        return float(2 * stats.t.sf(abs(self.mean) / self.error, self.degrees))


def over_seeds(values: Sequence[float] | Floats, confidence: float = CONFIDENCE) -> Interval:
    """Give the mean of one value a seed with Student's t interval.

    It says where the mean over ever more seeds would lie, for the examples that were used.
    """
    numbers = np.asarray(values, np.float64)
    n = len(numbers)
    if n == 0:
        return Interval(0, math.nan)
    mean = float(numbers.mean())
    if n == 1:
        return Interval(1, mean)
    return _around(n, mean, float(numbers.var(ddof=1)) / n, n - 1, confidence)


def over_seeds_and_examples(table: NDArray[np.generic], confidence: float = CONFIDENCE) -> Interval:
    """Give the mean of a table (seeds, examples) with an interval over both.

    It says where the mean over ever more seeds *and* examples would lie. Seeds and examples are
    crossed (every seed is tested on the same examples), so the variance of the mean of a two-way
    random layout without replication is (MS_seeds + MS_examples - MS_rest) / (seeds x examples),
    with Satterthwaite's degrees of freedom (Searle, Casella and McCulloch, "Variance Components",
    1992). Where the estimate is smaller than that of either alone, the larger of those is taken.
    """
    numbers = np.asarray(table, np.float64)
    seeds, examples = numbers.shape
    mean = float(numbers.mean())
    if min(seeds, examples) < 2:  # noqa: PLR2004 - no variance of one
        return Interval(seeds, mean)
    of_seeds, of_examples = numbers.mean(axis=1), numbers.mean(axis=0)
    ms_seeds = examples * float(of_seeds.var(ddof=1))
    ms_examples = seeds * float(of_examples.var(ddof=1))
    total = float(((numbers - mean) ** 2).sum())
    freedom = (seeds - 1, examples - 1, (seeds - 1) * (examples - 1))
    ms_rest = max(0.0, total - freedom[0] * ms_seeds - freedom[1] * ms_examples) / freedom[2]
    squares = (ms_seeds, ms_examples, ms_rest)
    both = ms_seeds + ms_examples - ms_rest
    if both <= max(ms_seeds, ms_examples):
        larger = int(ms_examples > ms_seeds)
        both, degrees = squares[larger], float(freedom[larger])
    else:
        spread = sum(square**2 / free for square, free in zip(squares, freedom, strict=True))
        degrees = both**2 / spread
    return _around(seeds, mean, both / (seeds * examples), degrees, confidence)


def by_step(curves: Floats, confidence: float = CONFIDENCE) -> tuple[Floats, Floats, Floats]:
    """Give n, mean and the half width of the t interval at each step of (seeds, steps).

    nan is a seed that had stopped by then. One seed alone has a half width of nan.
    """
    n = np.sum(~np.isnan(curves), axis=0).astype(np.float64)
    filled = np.nan_to_num(curves)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=0) / n
        squares = np.where(np.isnan(curves), 0, (filled - mean) ** 2).sum(axis=0)
        error = np.sqrt(squares / (n - 1) / n)
        half = error * stats.t.ppf((1 + confidence) / 2, np.maximum(n - 1, 1))
    return n, mean, np.where(n > 1, half, np.nan)


def _around(n: int, mean: float, variance: float, degrees: float, confidence: float) -> Interval:
    return Interval(n, mean, error=math.sqrt(variance), degrees=degrees).at(confidence)
