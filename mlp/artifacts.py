"""The files that are kept with a run: weights, curves, and what it said of each test image."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mlp.result import Result

WEIGHTS = "weights.npz"


def training(
    folder: Path, header: Sequence[str], curve: Sequence[Sequence[float]], result: Result
) -> list[Path]:
    """Write the best weights (.npz) and the curves (.csv, a row an epoch) into `folder`."""
    weights = folder / WEIGHTS
    np.savez(weights, **result.weights)  # type: ignore[arg-type]  # NumPy's stub takes a bool
    curves = folder / "curves.csv"
    _write(curves, header, curve)
    return [weights, curves]


def test(folder: Path, result: Result) -> list[Path]:
    """Write what a tested run said: of each image (.npy), and the confusion matrix (.csv).

    A byte for each image is the class predicted, a boolean whether it was right, so that runs can
    be compared image by image without the data set. The matrix has a row for each true class, a
    column for each predicted one, and the fraction of the class that was named right.
    """
    if (
        result.predictions is None
        or result.correct is None
        or result.confusion is None
        or result.per_class_accuracy is None
    ):
        return []
    predictions = folder / "test_predictions.npy"
    np.save(predictions, result.predictions)
    correct = folder / "test_correct.npy"
    np.save(correct, result.correct)
    confusion = folder / "confusion_matrix.csv"
    counts = result.confusion.tolist()
    header = ("class", *(f"predicted_{number}" for number in range(len(counts))), "accuracy")
    rows = [
        [number, *row, accuracy]
        for number, (row, accuracy) in enumerate(
            zip(counts, result.per_class_accuracy, strict=True)
        )
    ]
    _write(confusion, header, rows)
    return [predictions, correct, confusion]


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[float]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
