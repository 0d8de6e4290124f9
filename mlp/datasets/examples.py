"""From whatever arrays a file held to images and labels as the trainer takes them, or a refusal."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp.datasets.dataset import Arrays, Images, Labels
from mlp.datasets.errors import DatasetError

MOST_CLASSES = 256
# Without a test part, every sixth example is held out: 60,000 to 10,000 is the custom of MNIST,
# and, unlike the last sixth, a file that is sorted by class gives every class to both parts.
HELD_OUT = 6


def checked(raw: Mapping[str, NDArray[Any]], where: str) -> Arrays:
    """Give the arrays named as in `Arrays`; test_images and test_labels may be absent together.

    Images may have any shape (n, ...) and any real type: whole numbers in 0-255 become uint8, all
    else float32. Labels are whole numbers 0..C-1, (n,) or (n, 1), each of which some training
    example has; C is 2 to 256. Raises DatasetError, whose sentence begins with `where`.
    """
    train_images = _images(raw["train_images"], f"{where}: train images")
    train_labels = _labels(raw["train_labels"], len(train_images), f"{where}: train labels")
    if "test_images" in raw:
        test_images = _images(raw["test_images"], f"{where}: test images")
        test_labels = _labels(raw["test_labels"], len(test_images), f"{where}: test labels")
    else:
        if len(train_labels) < HELD_OUT:
            msg = (
                f"{where} has no test part and too few examples ({len(train_labels)}) "
                f"to hold out every {HELD_OUT}th: give a test part"
            )
            raise DatasetError(msg)
        held_out = np.arange(len(train_labels)) % HELD_OUT == HELD_OUT - 1
        test_images, test_labels = train_images[held_out], train_labels[held_out]
        train_images, train_labels = train_images[~held_out], train_labels[~held_out]
    if train_images.shape[1] != test_images.shape[1]:
        msg = (
            f"{where}: a train image has {train_images.shape[1]} numbers and a test image "
            f"{test_images.shape[1]}; they must be of one size"
        )
        raise DatasetError(msg)
    if train_images.dtype != test_images.dtype:
        train_images, test_images = train_images.astype("f4"), test_images.astype("f4")
    _check_classes(train_labels, test_labels, where)
    return Arrays(train_images, train_labels, test_images, test_labels)


def _images(raw: NDArray[Any], where: str) -> Images:
    if raw.ndim <= 1 or 0 in raw.shape:
        msg = f"{where} have shape {raw.shape}; expected (examples, ...) with at least one of each"
        raise DatasetError(msg)
    flat = raw.reshape(len(raw), math.prod(raw.shape[1:]))
    if raw.dtype == np.uint8:
        return np.ascontiguousarray(flat)
    if raw.dtype.kind not in "buif":
        msg = f"{where} are of type {raw.dtype}; expected real numbers"
        raise DatasetError(msg)
    if raw.dtype.kind == "f":
        finite = np.isfinite(flat)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            msg = (
                f"{where}: number {column + 1} of example {row + 1} is {flat[row, column]}; "
                f"expected finite numbers"
            )
            raise DatasetError(msg)
    if flat.min() >= 0 and flat.max() <= np.iinfo(np.uint8).max:
        whole = flat.astype(np.uint8)
        if np.array_equal(whole, flat):
            return whole
    with np.errstate(over="ignore"):
        single = np.ascontiguousarray(flat, np.float32)
    if not np.isfinite(single).all():
        msg = f"{where} reach {np.abs(flat).max():g}; expected numbers that float32 can hold"
        raise DatasetError(msg)
    return single


def _labels(raw: NDArray[Any], examples: int, where: str) -> Labels:
    if raw.size != examples or raw.ndim < 1 or raw.shape[0] != examples:
        msg = f"{where} have shape {raw.shape} beside {examples} images; expected ({examples},)"
        raise DatasetError(msg)
    flat = raw.reshape(examples)
    expected = f"expected whole numbers from 0 to the number of classes - 1, at most {MOST_CLASSES}"
    if flat.dtype.kind not in "uif":
        msg = f"{where} are of type {flat.dtype}; {expected} classes"
        raise DatasetError(msg)
    bad = ~((flat >= 0) & (flat < MOST_CLASSES))
    if flat.dtype.kind == "f":
        bad |= flat != np.floor(flat)
    if bad.any():
        row = int(np.argmax(bad))
        msg = f"{where}: that of example {row + 1} is {flat[row]}; {expected} classes"
        raise DatasetError(msg)
    return flat.astype(np.uint8)


def _check_classes(train: Labels, test: Labels, where: str) -> None:
    count = int(max(train.max(), test.max())) + 1
    missing = sorted(set(range(count)) - set(np.unique(train).tolist()))
    if missing:
        named = ", ".join(map(str, missing[:5])) + (", …" if missing[5:] else "")
        msg = (
            f"{where}: the largest label is {count - 1}, but no training example has {named}; "
            f"expected examples of every class from 0 on"
        )
        raise DatasetError(msg)
    if count <= 1:
        msg = f"{where}: every label is 0; expected at least two classes"
        raise DatasetError(msg)
