"""Intervals against other ways to the same numbers, and against the truth they are to cover."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics import by_step, over_seeds, over_seeds_and_examples

SAMPLES = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30).filter(lambda v: np.std(v) > 1e-6)


@given(SAMPLES)
def test_the_interval_over_seeds_is_students(values: list[float]) -> None:
    found = over_seeds(values)
    theirs = stats.ttest_1samp(values, 0.0)
    ends = theirs.confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(ends.low), pytest.approx(ends.high))
    assert found.p == pytest.approx(theirs.pvalue)
    narrower = theirs.confidence_interval(0.9)
    assert found.at(0.9).high == pytest.approx(narrower.high)


def test_one_seed_has_a_mean_and_no_interval() -> None:
    found = over_seeds([0.5])
    assert (found.n, found.mean) == (1, 0.5)
    assert math.isnan(found.low)
    assert found.p == 1
    assert math.isnan(over_seeds([]).mean)


def crossed(rng: np.random.Generator, seeds: int, examples: int) -> np.ndarray:
    """Draw a table whose true mean is 0, with spread of seeds, of examples and of both."""
    return (
        rng.normal(0, 0.2, (seeds, 1))
        + rng.normal(0, 1.0, (1, examples))
        + rng.normal(0, 0.7, (seeds, examples))
    )


def test_the_interval_over_both_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    found = [over_seeds_and_examples(crossed(rng, 8, 40)) for _ in range(1000)]
    covered = np.mean([one.low <= 0 <= one.high for one in found])
    assert 0.93 <= covered <= 0.98


def test_the_interval_over_seeds_alone_does_not() -> None:
    rng = np.random.default_rng(0)
    found = [over_seeds(crossed(rng, 8, 40).mean(axis=1)) for _ in range(500)]
    assert np.mean([one.low <= 0 <= one.high for one in found]) < 0.85


def test_its_variance_is_that_of_the_means_of_new_draws() -> None:
    rng = np.random.default_rng(3)
    tables = [crossed(rng, 6, 30) for _ in range(2000)]
    truth = np.var([table.mean() for table in tables])
    estimated = np.mean([over_seeds_and_examples(table).error ** 2 for table in tables])
    assert estimated == pytest.approx(truth, rel=0.1)


def test_seeds_that_agree_on_every_example_leave_the_spread_of_examples() -> None:
    right = np.tile(np.arange(100) < 85, (5, 1))
    found = over_seeds_and_examples(right)
    assert found.mean == 0.85
    binomial = math.sqrt(0.85 * 0.15 / 99)
    assert found.error == pytest.approx(binomial, rel=1e-6)


def test_by_step_is_the_interval_of_those_that_are_left() -> None:
    curves = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, math.nan], [4.0, 9.0, math.nan]])
    n, mean, half = by_step(curves)
    assert n.tolist() == [3, 3, 1]
    for step in (0, 1):
        own = over_seeds(curves[:, step])
        assert (mean[step], half[step]) == (pytest.approx(own.mean), pytest.approx(own.half))
    assert mean[2] == 3
    assert math.isnan(half[2])
