"""Normalisations against their definitions."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mlp.config import NORMALIZATIONS
from mlp.normalization import fit

ROWS = np.arange(0, 5000, 2)


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    found = np.random.default_rng(0).integers(0, 256, (5000, 6)).astype(np.uint8)
    found[ROWS, 3] = 17  # constant in the training part, not elsewhere
    return found


def inputs(name: str, images: NDArray[np.generic]) -> NDArray[np.float64]:
    found = np.empty(images.shape)
    fit(name, images, ROWS, "float64").apply(images, found)
    return found


def test_unit_range_of_bytes_is_a_255th(images: NDArray[np.uint8]) -> None:
    np.testing.assert_allclose(inputs("unit_range", images), images / 255)


def test_unit_range_of_floats_is_that_of_the_training_part(
    images: NDArray[np.uint8],
) -> None:
    found = inputs("unit_range", images.astype("float32") * 3 - 100)
    assert found[ROWS].min() == pytest.approx(0)
    assert found[ROWS].max() == pytest.approx(1)


def test_standardized_has_one_mean_and_deviation(images: NDArray[np.uint8]) -> None:
    found = inputs("standardized", images)
    assert found[ROWS].mean() == pytest.approx(0, abs=1e-12)
    assert found[ROWS].std() == pytest.approx(1)
    part = images[ROWS].astype(float)
    np.testing.assert_allclose(found, (images - part.mean()) / part.std())


def test_per_pixel_has_one_each_and_silences_a_constant_pixel(
    images: NDArray[np.uint8],
) -> None:
    found = inputs("per_pixel", images)
    np.testing.assert_allclose(found[ROWS].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(found[ROWS].std(axis=0), [1, 1, 1, 0, 1, 1])
    assert not found[:, 3].any()


def test_none_changes_nothing(images: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(inputs("none", images), images)


@pytest.mark.parametrize("name", NORMALIZATIONS)
def test_a_single_colour_gives_finite_inputs(name: str) -> None:
    images = np.full((5000, 2), 0.5, "float32")
    assert np.isfinite(inputs(name, images)).all()
