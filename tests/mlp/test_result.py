"""The result of a run, its test, and its weights in another's hands."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlp.config import Config, Data
from mlp.datasets import Dataset
from mlp.evaluation import probabilities
from mlp.trainer import Result, Training

CONFIG = Config(
    activation="elu",
    hidden_units=[8],
    batch_size=16,
    epochs=3,
    normalization="per_pixel",
    data=Data(validation=0.25),
)


def result(config: Config, dataset: Dataset) -> Result:
    training = Training([config], dataset)
    for _ in training.epochs():
        pass
    return training.result(0)


def test_the_test_counts_what_was_predicted(made: Callable[..., Dataset]) -> None:
    dataset = made()
    found = result(CONFIG, dataset)
    assert found.predictions is not None
    assert found.confusion is not None
    assert found.per_class_accuracy is not None
    assert found.predictions.dtype == np.uint8
    right = found.predictions == dataset.test_labels
    np.testing.assert_array_equal(found.correct, right)
    assert found.test_accuracy == pytest.approx(right.mean())
    assert found.confusion.sum() == len(dataset.test_labels)
    for label in range(4):
        of_class = dataset.test_labels == label
        assert found.per_class_accuracy[label] == pytest.approx(right[of_class].mean())
        for predicted in range(4):
            count = np.sum(of_class & (found.predictions == predicted))
            assert found.confusion[label, predicted] == count


def test_a_class_without_test_examples_has_no_accuracy(
    made: Callable[..., Dataset],
) -> None:
    dataset = made()
    keep = dataset.test_labels != 2
    found = result(
        CONFIG,
        replace(
            dataset,
            test_images=dataset.test_images[keep],
            test_labels=dataset.test_labels[keep],
        ),
    )
    assert found.per_class_accuracy is not None
    assert np.isnan(found.per_class_accuracy).tolist() == [False, False, True, False]


def test_without_test_the_test_set_is_not_touched(made: Callable[..., Dataset]) -> None:
    dataset = replace(made(), test_images=None, test_labels=None)  # type: ignore[arg-type]
    found = result(replace(CONFIG, test=False), dataset)
    assert found.test_loss is None
    assert found.predictions is None
    assert found.weights["weight_1"].shape == (8, 12)
    assert found.weights["bias_2"].shape == (4,)


def test_the_weights_file_is_all_that_prediction_needs(
    made: Callable[..., Dataset], tmp_path: Path
) -> None:
    dataset = made()
    found = result(CONFIG, dataset)
    np.savez(tmp_path / "weights.npz", **found.weights)  # type: ignore[arg-type]
    with np.load(tmp_path / "weights.npz") as file:
        chances = probabilities(dict(file), "elu", dataset.test_images)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(chances.argmax(axis=1), found.predictions)
    losses = -np.log(chances[np.arange(31), dataset.test_labels])
    assert losses.mean() == pytest.approx(found.test_loss, rel=1e-5)
