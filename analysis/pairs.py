"""Comparing two cells seed by seed: whether they differ, and what could have been seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from analysis.statistics import Interval

LEVEL = 0.05
POWER = 0.8
_EXACT = 2**16
_SEED = 20_261_124


def sign_flip(differences: Sequence[float]) -> float:
    """Give the two-sided p of the sign-flip test that the mean of paired differences is zero.

    If the two cells were alike, each difference could as well have had the other sign (Fisher's
    randomization test of pairs): p is the part of all 2^n ways to give signs with a mean as far
    from zero. Exact up to 16 pairs, from then on with as many drawn ways. It assumes no
    distribution, and uses the sizes that a rank test throws away. With ten pairs its smallest p
    is 1/512: Holm's correction leaves that below 0.05 over up to 25 comparisons, so it is to be
    over those of one claim, not over all pairs of a table.
    """
    numbers = np.asarray(differences, np.float64)
    n = len(numbers)
    if n == 0 or not numbers.any():
        return 1.0
    # What rounding alone could make of equal sums.
    observed = abs(float(numbers.sum())) * (1 - 1e-12)
    sums = _sums(numbers) if 2**n <= _EXACT else _drawn(numbers)
    further = int(np.count_nonzero(np.abs(sums) >= observed))
    if 2**n <= _EXACT:
        return further / len(sums)
    return (further + 1) / (len(sums) + 1)  # the signs as they are count too


def _sums(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the sums under every way to give signs."""
    sums = np.zeros(1)
    for number in numbers:
        sums = np.concatenate([sums + number, sums - number])
    return sums


def _drawn(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    signs = np.random.default_rng(_SEED).integers(0, 2, (_EXACT, len(numbers))) * 2 - 1
    return np.asarray(signs @ numbers, np.float64)


def smallest_p(n: int) -> float:
    """Give the smallest p that `sign_flip` can reach with n pairs."""
    return max(2.0 ** (1 - n), 1 / (_EXACT + 1)) if n else 1.0


def holm(ps: Sequence[float]) -> list[float]:
    """Correct p-values for their number, by Holm's step-down method, in the order given."""
    corrected = [1.0] * len(ps)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda at: ps[at])):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[place]))
        corrected[place] = highest
    return corrected


def detectable(interval: Interval, n: int, comparisons: int = 1) -> float:
    """Give the smallest true difference that n such pairs would show in 80% of the cases.

    `interval` is that of the differences' mean. By the noncentral t distribution of a two-sided
    test at 0.05 / comparisons (Holm's strictest step), with the standard error that these pairs
    have. nan where there is no interval, or where the sign-flip test can't reach that level with
    so few pairs.
    """
    strict = LEVEL / comparisons
    if not math.isfinite(interval.error) or smallest_p(n) > strict:
        return math.nan
    return interval.error * _noncentrality(interval.degrees, strict)


def _noncentrality(degrees: float, level: float) -> float:
    edge = float(stats.t.ppf(1 - level / 2, degrees))

    def short(shift: float) -> float:
        return float(stats.nct.sf(edge, degrees, shift)) - POWER

    return float(optimize.brentq(short, 0.0, 4 * edge + 10))
