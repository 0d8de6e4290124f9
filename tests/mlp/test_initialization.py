"""Moments of the initialisations, and what they depend on."""

import numpy as np
import pytest

from mlp.config import INITIALIZATIONS
from mlp.initialization import BY_NAME, initial_weights

DEVIATIONS = {
    "glorot": np.sqrt(2 / (400 + 300)),
    "he": np.sqrt(2 / 400),
    "lecun": np.sqrt(1 / 400),
    "unit_normal": 1.0,
    "small_normal": 0.01,
}


def test_every_configurable_initialization_is_there() -> None:
    assert set(BY_NAME) == set(INITIALIZATIONS) == set(DEVIATIONS)


@pytest.mark.parametrize("name", INITIALIZATIONS)
def test_moments(name: str) -> None:
    (weight,) = initial_weights(name, 0, [400, 300], "float64")
    assert weight.shape == (300, 400)
    # Five standard errors of a mean and of a deviation of 120,000 draws.
    assert abs(weight.mean()) < 5 * DEVIATIONS[name] / np.sqrt(weight.size)
    assert weight.std() == pytest.approx(DEVIATIONS[name], rel=5 / np.sqrt(2 * weight.size))


def test_glorot_keeps_within_its_limit() -> None:
    (weight,) = initial_weights("glorot", 0, [400, 300], "float64")
    assert np.abs(weight).max() <= np.sqrt(6 / 700)


def test_a_layer_depends_on_seed_place_and_shape_only() -> None:
    shallow = initial_weights("he", 4, [9, 5, 3], "float64")
    deep = initial_weights("he", 4, [9, 5, 3, 2], "float64")
    for one, other in zip(shallow, deep, strict=False):
        np.testing.assert_array_equal(one, other)
    square = initial_weights("he", 4, [5, 5, 5], "float64")
    assert not np.array_equal(square[0], square[1])
    assert not np.array_equal(square[0], initial_weights("he", 5, [5, 5, 5], "float64")[0])


def test_precisions_start_from_the_same_network() -> None:
    single = initial_weights("glorot", 1, [8, 6], "float32")[0]
    double = initial_weights("glorot", 1, [8, 6], "float64")[0]
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, double.astype("float32"))
