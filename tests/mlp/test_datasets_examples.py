"""What arrays may hold, and the sentence for each thing they may not."""

from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as arrays_of
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlp.datasets import DatasetError
from mlp.datasets.examples import checked


def raw(**parts: Any) -> dict[str, NDArray[Any]]:
    """Give eight good examples of two classes, with `parts` in their place."""
    labels = np.arange(8) % 2
    good = {
        "train_images": np.arange(32.0).reshape(8, 4) / 7,
        "train_labels": labels,
        "test_images": np.ones((8, 4)) / 3,
        "test_labels": labels,
    }
    return good | {part: np.asarray(held) for part, held in parts.items()}


@given(
    arrays_of.arrays(
        st.sampled_from([np.uint8, np.int64, np.float32, np.float64]),
        (8, 2, 3),
        elements=st.integers(0, 255),
    )
)
def test_whole_numbers_of_a_byte_become_bytes(images: NDArray[Any]) -> None:
    found = checked(raw(train_images=images, test_images=images), "here")
    assert found.train_images.dtype == found.test_images.dtype == np.uint8
    assert found.train_images.flags.c_contiguous
    np.testing.assert_array_equal(found.train_images, images.reshape(8, 6))


@given(
    arrays_of.arrays(
        st.sampled_from([np.int16, np.float32]), (8, 3), elements=st.integers(-300, 300)
    )
)
def test_other_numbers_keep_their_values(images: NDArray[Any]) -> None:
    images[0, 0] = -1
    found = checked(raw(train_images=images, test_images=images), "here")
    assert found.train_images.dtype == found.test_images.dtype == np.float32
    np.testing.assert_array_equal(found.train_images, images)


def test_both_parts_have_one_type() -> None:
    found = checked(raw(train_images=np.arange(32).reshape(8, 4)), "here")
    assert found.train_images.dtype == found.test_images.dtype == np.float32


def test_without_a_test_part_every_sixth_example_is_held_out() -> None:
    images, labels = np.arange(24).reshape(12, 2), np.arange(12) % 2
    found = checked({"train_images": images, "train_labels": labels}, "here")
    np.testing.assert_array_equal(found.test_images, images[[5, 11]])
    np.testing.assert_array_equal(found.test_labels, labels[[5, 11]])
    np.testing.assert_array_equal(found.train_images, np.delete(images, [5, 11], axis=0))


def test_a_column_of_labels_is_taken() -> None:
    found = checked(raw(train_labels=(np.arange(8) % 2)[:, None]), "here")
    assert found.train_labels.shape == (8,)


WITH_NAN = np.ones((8, 4))
WITH_NAN[2, 1] = np.nan


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"train_images": WITH_NAN}, "train images: number 2 of example 3 is nan"),
        ({"test_images": WITH_NAN * np.inf}, "test images: number 1 of example 1 is inf"),
        ({"train_images": np.full((8, 4), 1e300)}, "float32 can hold"),
        ({"train_images": np.full((8, 4), "a")}, "are of type <U1"),
        ({"train_images": np.full((8, 4), 1j)}, "are of type complex128"),
        ({"train_images": np.ones(8)}, r"have shape \(8,\)"),
        ({"train_images": np.ones((8, 0))}, r"have shape \(8, 0\)"),
        ({"test_images": np.ones((8, 5)) / 3}, "train image has 4 numbers and a test image 5"),
        ({"train_labels": np.arange(7) % 2}, r"have shape \(7,\) beside 8 images"),
        ({"train_labels": np.eye(8)}, r"have shape \(8, 8\) beside 8 images"),
        ({"train_labels": np.arange(8) % 2 - 1}, "that of example 1 is -1"),
        ({"train_labels": np.arange(8) % 2 + 0.5}, "that of example 1 is 0.5"),
        ({"train_labels": np.full(8, np.nan)}, "that of example 1 is nan"),
        ({"train_labels": np.arange(8) * 256}, "that of example 2 is 256"),
        ({"train_labels": np.full(8, "cat")}, "are of type <U3"),
        ({"train_labels": np.arange(8) % 2 * 3}, "no training example has 1, 2; expected"),
        ({"test_labels": np.arange(8) % 3}, "largest label is 2, but no training example has 2"),
        ({"train_labels": np.zeros(8), "test_labels": np.zeros(8)}, "every label is 0"),
    ],
)
def test_what_is_refused(parts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DatasetError, match=f"^here.*{sentence}"):
        checked(raw(**parts), "here")


def test_too_few_examples_to_hold_any_out_are_refused() -> None:
    few = {"train_images": np.ones((5, 2)), "train_labels": np.arange(5) % 2}
    with pytest.raises(DatasetError, match=r"no test part and too few examples \(5\)"):
        checked(few, str(Path("here")))
