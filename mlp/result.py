"""What an ended run leaves behind, and its test."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlp.arithmetic import arithmetic
from mlp.arrays import Floats
from mlp.datasets import Dataset
from mlp.early_stopping import Best
from mlp.evaluation import loaded, whole


@dataclass(frozen=True)
class Result:
    """An ended run: its best weights and, if it was tested, how they do on the test set.

    weights has weight_1 (out, in), bias_1 (out,), weight_2, ..., and input_shift and input_scale,
    which turn raw pixels into inputs: (pixel - shift) * scale. Losses are in nats, accuracies
    fractions. predictions are (n,), and correct (n,) says which of them are right; confusion
    (classes, classes) counts examples by their true class, then the predicted one;
    per_class_accuracy is nan for a class without examples.
    """

    best_epoch: int
    objective: float
    weights: dict[str, Floats]
    test_loss: float | None = None
    test_accuracy: float | None = None
    predictions: NDArray[np.uint8] | None = None
    correct: NDArray[np.bool] | None = None
    confusion: NDArray[np.int64] | None = None
    per_class_accuracy: list[float] | None = None


def tested(
    bests: Sequence[Best],
    weights: Sequence[dict[str, Floats]],
    activations: Sequence[str],
    dataset: Dataset,
) -> list[Result]:
    """Read the test set, once, and say how the best weights of each run of a stack do on it."""
    network, normalization = loaded(weights, activations)
    test = whole(dataset.test_images, dataset.test_labels, normalization)
    with arithmetic():
        figures = zip(*test.judged(network), strict=True)
    return [
        _result(best, own, loss, accuracy, predictions, dataset)
        for best, own, (loss, accuracy, predictions) in zip(bests, weights, figures, strict=True)
    ]


def _result(
    best: Best,
    weights: dict[str, Floats],
    loss: float,
    accuracy: float,
    predictions: NDArray[np.uint8],
    dataset: Dataset,
) -> Result:
    classes = len(dataset.classes)
    cells = dataset.test_labels.astype(np.int64) * classes + predictions
    confusion = np.bincount(cells, minlength=classes**2).reshape(classes, classes)
    examples = confusion.sum(axis=1)
    per_class = np.divide(
        confusion.diagonal(), examples, out=np.full(classes, np.nan), where=examples > 0
    )
    return Result(
        best_epoch=best.epoch,
        objective=best.objective,
        weights=weights,
        test_loss=loss,
        test_accuracy=accuracy,
        predictions=predictions,
        correct=predictions == dataset.test_labels,
        confusion=confusion,
        per_class_accuracy=per_class.tolist(),
    )
