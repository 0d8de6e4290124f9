"""The split into training and validation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp.split import split


@given(examples=st.integers(3, 500), seed=st.integers(0, 9))
def test_the_parts_are_the_whole(examples: int, seed: int) -> None:
    parts = split(examples, 0.4, seed)
    assert len(parts.validation) == round(examples * 0.4)
    together = np.sort(np.concatenate([parts.training, parts.validation]))
    np.testing.assert_array_equal(together, np.arange(examples))


def test_a_count_is_meant_for_the_whole_set() -> None:
    assert len(split(60000, 10000, 0).validation) == 10000
    assert len(split(512, 10000, 0, limited_from=60000).validation) == 85


def test_it_depends_on_the_seed() -> None:
    assert np.array_equal(split(50, 10, 1).validation, split(50, 10, 1).validation)
    assert not np.array_equal(split(50, 10, 1).validation, split(50, 10, 2).validation)


@pytest.mark.parametrize(("examples", "validation"), [(10, 10), (10, 10000), (3, 0.1)])
def test_an_empty_part_is_refused_in_a_sentence(examples: int, validation: float) -> None:
    with pytest.raises(ValueError, match=rf"data.validation={validation:g} of {examples} "):
        split(examples, validation, 0)
