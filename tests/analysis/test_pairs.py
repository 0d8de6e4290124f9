"""Tests of paired differences against others' implementations, and their power by trying."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.pairs import detectable, holm, sign_flip, smallest_p
from analysis.statistics import over_seeds

DIFFERENCES = st.lists(
    st.floats(-10, 10).filter(lambda value: abs(value) > 1e-3), min_size=2, max_size=9
)


@settings(max_examples=50)
@given(DIFFERENCES)
def test_the_sign_flip_test_is_scipys_permutation_test(differences: list[float]) -> None:
    theirs = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip(differences) == pytest.approx(theirs.pvalue)


def test_ten_pairs_of_one_sign_reach_one_in_512() -> None:
    assert sign_flip([1.0] * 10) == smallest_p(10) == 1 / 512
    assert 25 * sign_flip(np.linspace(1, 2, 10).tolist()) < 0.05


def test_five_pairs_can_show_nothing() -> None:
    assert sign_flip([1.0] * 5) > 0.05
    assert math.isnan(detectable(over_seeds([1.0, 1.1, 0.9, 1.2, 1.3]), 5))


def test_many_pairs_are_drawn_and_give_the_same_each_time() -> None:
    differences = np.random.default_rng(0).normal(0.3, 1, 40).tolist()
    p = sign_flip(differences)
    assert p == sign_flip(differences)
    assert p == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.02)


def test_no_difference_is_no_evidence() -> None:
    assert sign_flip([0.0] * 10) == 1
    assert sign_flip([]) == 1


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_rejects_step_by_step(ps: list[float]) -> None:
    """As Holm (1979) has it: go on while the k-th smallest is below level / (m - k)."""
    level = 0.05
    rejected: set[int] = set()
    order = sorted(range(len(ps)), key=lambda at: ps[at])
    for step, at in enumerate(order):
        if ps[at] * (len(ps) - step) >= level:
            break
        rejected.add(at)
    assert {at for at, p in enumerate(holm(ps)) if p < level} == rejected


def test_the_smallest_difference_is_seen_in_four_of_five_studies() -> None:
    rng = np.random.default_rng(5)
    n, spread, comparisons = 10, 0.5, 3
    smallest = np.mean(
        [detectable(over_seeds(rng.normal(0, spread, n)), n, comparisons) for _ in range(300)]
    )
    studies = rng.normal(smallest, spread, (2000, n))
    seen = stats.ttest_1samp(studies, 0, axis=1).pvalue < 0.05 / comparisons
    assert seen.mean() == pytest.approx(0.8, abs=0.06)
