"""A sheet of sample images, one row a class: as a PNG, and on a terminal."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlp.datasets.dataset import Dataset
from mlp.datasets.errors import DatasetError

COLUMNS = 10
MOST_ROWS = 40
UPPER_HALF = "▀"


def samples(dataset: Dataset) -> NDArray[np.uint8]:
    """Give the first ten training images of each class: (classes, 10, side, side, 3), 0-255.

    Absent ones are black. Raises DatasetError unless images are square, grey or colour.
    """
    features = dataset.train_images.shape[1]
    channels = 3 if math.isqrt(features) ** 2 != features and features % 3 == 0 else 1
    side = math.isqrt(features // channels)
    if side * side * channels != features:
        msg = f"there is no sheet of samples: {features} numbers make no square image"
        raise DatasetError(msg)
    classes = len(dataset.classes[:MOST_ROWS])
    found = np.zeros((classes, COLUMNS, side, side, 3), np.uint8)
    low, high = float(dataset.train_images.min()), float(dataset.train_images.max())
    if dataset.train_images.dtype == np.uint8:
        low, high = 0.0, 255.0
    scale = 255.0 / (high - low) if high > low else 0.0
    for label in range(classes):
        chosen = np.flatnonzero(dataset.train_labels == label)[:COLUMNS]
        images = (dataset.train_images[chosen].astype(np.float64) - low) * scale
        found[label, : len(chosen)] = images.reshape(-1, side, side, channels)
    return found


def save(dataset: Dataset, path: Path) -> None:
    """Draw the samples into the PNG `path`, each row labelled. Raises DatasetError, OSError."""
    from matplotlib.figure import Figure  # half a second that only a drawing has to pay

    shown = samples(dataset)
    classes, columns, side = shown.shape[:3]
    gap = max(1, side // 14)
    canvas = np.full((classes * (side + gap) - gap, columns * (side + gap) - gap, 3), 255, np.uint8)
    for row in range(classes):
        for column in range(columns):
            top, left = row * (side + gap), column * (side + gap)
            canvas[top : top + side, left : left + side] = shown[row, column]
    figure = Figure(figsize=(7.5, 0.62 * classes + 0.6), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(canvas, interpolation="nearest")
    axes.set_xticks([])
    centres = [row * (side + gap) + (side - 1) / 2 for row in range(classes)]
    names = [
        f"{name}" if name == str(label) else f"{label}  {name}"
        for label, name in enumerate(dataset.classes[:classes])
    ]
    axes.set_yticks(centres, names)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png")


def terminal(dataset: Dataset, width: int) -> str:
    """Draw one image of each class for a 24-bit colour terminal of `width` columns.

    A character is two pixels, one above the other: its own colour and its background's.
    """
    images = samples(dataset)[:, 0]
    side = images.shape[1]
    a_row = max(1, width // (side + 1))
    lines = []
    for first in range(0, len(images), a_row):
        group = images[first : first + a_row]
        names = dataset.classes[first : first + len(group)]
        lines.append(" ".join(name[:side].ljust(side) for name in names))
        lines += [
            " ".join(_halves(image[top], image[top + 1]) for image in group)
            for top in range(0, side - 1, 2)
        ]
    return "\n".join(lines)


def _halves(upper: NDArray[np.uint8], lower: NDArray[np.uint8]) -> str:
    cells = (
        f"\x1b[38;2;{a[0]};{a[1]};{a[2]}m\x1b[48;2;{b[0]};{b[1]};{b[2]}m{UPPER_HALF}"
        for a, b in zip(upper.tolist(), lower.tolist(), strict=True)
    )
    return "".join(cells) + "\x1b[0m"
