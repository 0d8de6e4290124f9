"""The sheet of samples shows the right images in the right rows."""

import re
from typing import Any

import numpy as np
import pytest

from mlp.datasets import Dataset, DatasetError, sheet


def made(images: Any, classes: int = 3) -> Dataset:
    labels = (np.arange(len(images)) % classes).astype(np.uint8)
    return Dataset(images, labels, images, labels, tuple("abcdefg"[:classes]), "digest")


def test_a_row_holds_the_first_images_of_its_class() -> None:
    images = np.arange(9, dtype=np.uint8)[:, None].repeat(16, axis=1)
    shown = sheet.samples(made(images))
    assert shown.shape == (3, 10, 4, 4, 3)
    np.testing.assert_array_equal(shown[1, :4, 0, 0, 0], [1, 4, 7, 0])


def test_floats_are_stretched_over_the_greys() -> None:
    images = np.linspace(-1, 1, 9, dtype=np.float32)[:, None].repeat(4, axis=1)
    shown = sheet.samples(made(images))
    assert (shown[0, 0].max(), shown[2, 2].min()) == (0, 255)


def test_colour_images_keep_their_colours() -> None:
    images = np.random.default_rng(1).integers(0, 256, (3, 2 * 2 * 3)).astype(np.uint8)
    np.testing.assert_array_equal(sheet.samples(made(images))[1, 0].ravel(), images[1])


def test_numbers_that_make_no_square_have_no_sheet() -> None:
    with pytest.raises(DatasetError, match="5 numbers make no square image"):
        sheet.samples(made(np.zeros((3, 5), np.uint8)))


def test_a_terminal_shows_every_pixel() -> None:
    images = np.random.default_rng(2).integers(0, 256, (3, 16)).astype(np.uint8)
    lines = sheet.terminal(made(images), width=10).splitlines()
    assert [line.split() for line in (lines[0], lines[3])] == [["a", "b"], ["c"]]
    cells = re.findall(r"38;2;(\d+);\d+;\d+m\x1b\[48;2;(\d+);", lines[4] + lines[5])
    upper, lower = np.array(cells, int).T.reshape(2, 2, 4)
    np.testing.assert_array_equal(np.stack([upper, lower], axis=1).ravel(), images[2])
