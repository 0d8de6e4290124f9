"""Batches: their order, their contents, the short last one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mlp.batches import Batches, epoch_order
from mlp.normalization import Normalization


def test_the_order_is_a_permutation_of_its_seed_and_epoch() -> None:
    rows = np.arange(5, 45)
    order = epoch_order(rows, 3, 2)
    np.testing.assert_array_equal(np.sort(order), rows)
    np.testing.assert_array_equal(order, epoch_order(rows, 3, 2))
    assert not np.array_equal(order, epoch_order(rows, 3, 1))
    assert not np.array_equal(order, epoch_order(rows, 4, 2))


@given(examples=st.integers(1, 40), batch_size=st.integers(1, 50))
def test_every_row_comes_once_and_in_order(examples: int, batch_size: int) -> None:
    images = np.arange(50 * 3, dtype=np.uint8).reshape(50, 3)
    labels = np.arange(50, dtype=np.uint8)
    normalization = Normalization(np.array([1.0], "float32"), np.array([0.5], "float32"))
    rows = np.random.default_rng(examples).permutation(50)[:examples]
    batches = Batches(images, labels, normalization, batch_size)
    seen = [(inputs.copy(), found.copy()) for inputs, found in batches.of(rows)]
    assert [len(found) for _, found in seen[:-1]] == [batch_size] * (len(seen) - 1)
    assert 0 < len(seen[-1][1]) <= batch_size
    np.testing.assert_array_equal(np.concatenate([found for _, found in seen]), rows)
    inputs = np.concatenate([part[0].T for part, _ in seen])
    np.testing.assert_array_equal(inputs, (images[rows] - 1.0) / 2)


def test_batches_larger_than_what_is_gathered_at_a_time_are_whole() -> None:
    images = np.random.default_rng(0).integers(0, 256, (700, 3)).astype(np.uint8)
    normalization = Normalization(np.array([1.0], "float32"), np.array([0.5], "float32"))
    rows = np.random.default_rng(1).permutation(700)
    batches = Batches(images, np.zeros(700, np.uint8), normalization, 300)
    inputs = [inputs[0].T.copy() for inputs, _ in batches.of(rows)]
    assert [len(part) for part in inputs] == [300, 300, 100]
    np.testing.assert_array_equal(np.concatenate(inputs), (images[rows] - 1.0) / 2)
