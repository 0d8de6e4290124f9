"""Softmax cross-entropy against SciPy, differences, and extreme logits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special  # type: ignore[import-untyped]

from mlp.arrays import Floats
from mlp.loss import Predictions, SoftmaxCrossEntropy


def losses(logits: Floats, labels: NDArray[np.intp]) -> Floats:
    members, classes, batch = logits.shape
    found, _ = SoftmaxCrossEntropy(members, classes, logits.dtype).forward(logits.copy(), labels)
    assert found.shape == (members, batch)
    return found


@given(members=st.integers(1, 4), classes=st.integers(2, 6), batch=st.integers(1, 5))
def test_loss_and_gradient(members: int, classes: int, batch: int) -> None:
    random = np.random.default_rng(members * 100 + classes * 10 + batch)
    logits = random.normal(0, 3, (members, classes, batch))
    labels = random.integers(0, classes, batch)
    expected = -special.log_softmax(logits, axis=1)[:, labels, np.arange(batch)]
    np.testing.assert_allclose(losses(logits, labels), expected, rtol=1e-12)

    loss = SoftmaxCrossEntropy(members, classes, logits.dtype)
    loss.forward(logits.copy(), labels)
    scale = random.normal(size=(members, 1, 1))
    gradient = loss.backward(scale)
    epsilon = 1e-5
    for place in np.ndindex(logits.shape):
        step = np.zeros_like(logits)
        step[place] = epsilon
        change = losses(logits + step, labels).sum() - losses(logits - step, labels).sum()
        difference = scale[place[0], 0, 0] * change / (2 * epsilon)
        np.testing.assert_allclose(gradient[place], difference, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_extreme_logits_stay_finite_and_exact(dtype: str) -> None:
    logits = np.array([[[1000.0, -1000.0], [-1000.0, 1000.0], [0.0, 0.0]]], dtype)
    labels = np.array([0, 0])
    loss = SoftmaxCrossEntropy(1, 3, dtype)
    with np.errstate(all="raise", under="ignore"):
        found = loss.forward(logits, labels)[0].copy()
        gradient = loss.backward(np.ones((1, 1, 1), dtype))
    np.testing.assert_array_equal(found, [[0, 2000]])
    np.testing.assert_array_equal(gradient[0], [[0, -1], [0, 1], [0, 0]])


def test_batches_of_changing_length_do_not_disturb_each_other() -> None:
    random = np.random.default_rng(3)
    loss = SoftmaxCrossEntropy(2, 3, "float64")
    for batch in (4, 1, 7, 4, 2):
        logits, labels = random.normal(size=(2, 3, batch)), random.integers(0, 3, batch)
        expected = losses(logits, labels)
        found, hits = loss.forward(logits.copy(), labels)
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(hits, logits.argmax(axis=1) == labels)


@given(
    members=st.integers(1, 4),
    classes=st.integers(2, 5),
    batch=st.integers(1, 6),
    data=st.data(),
)
def test_the_first_of_the_largest_logits_is_the_prediction(
    members: int, classes: int, batch: int, data: st.DataObject
) -> None:
    size = members * classes * batch
    values = st.sampled_from([0.0, 1.0, 2.0, 1e30, np.inf, -np.inf])
    logits = np.array(data.draw(st.lists(values, min_size=size, max_size=size)))
    logits = logits.reshape(members, classes, batch)
    labels = np.array(
        data.draw(st.lists(st.integers(0, classes - 1), min_size=batch, max_size=batch))
    )
    loss = SoftmaxCrossEntropy(members, classes, logits.dtype)
    expected = logits.argmax(axis=1)
    np.testing.assert_array_equal(Predictions(members, classes, float).of(logits), expected)
    with np.errstate(all="ignore"):
        _, hits = loss.forward(logits.copy(), labels)
    np.testing.assert_array_equal(hits, expected == labels)
