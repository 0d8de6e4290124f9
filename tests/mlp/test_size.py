"""What is counted of a network, against sums done by hand and what Python counts."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from mlp import size
from mlp.config import Config, Data
from mlp.datasets import Dataset
from mlp.evaluation import EVALUATION_BATCH
from mlp.size import parameters, training_flop, training_memory
from mlp.trainer import Training

# 784-50-10, and what else a result keeps.
WEIGHTS = {
    "weight_1": np.zeros((50, 784)),
    "bias_1": np.zeros(50),
    "weight_2": np.zeros((10, 50)),
    "bias_2": np.zeros(10),
    "input_shift": np.zeros(784),
    "input_scale": np.zeros(784),
}


def test_the_papers_network_has_39_760_parameters() -> None:
    assert parameters(WEIGHTS) == 39_760


def test_the_first_layer_takes_two_products_and_the_others_three() -> None:
    forward, backward = 39_200 + 500, 39_200 + 500 + 500
    assert training_flop(WEIGHTS, examples=7, epochs=3) == 2 * (forward + backward) * 7 * 3


@pytest.mark.parametrize(
    ("hidden_units", "batch_size", "precision"),
    [([50], 128, "float32"), ([50], 600, "float32"), ([40, 30], 128, "float64")],
)
def test_a_run_more_takes_no_more_memory_than_is_said_and_not_much_less(
    hidden_units: list[int], batch_size: int, precision: str, made: Callable[..., Dataset]
) -> None:
    dataset = made(1500, 784, 10)
    config = Config(
        data=Data(validation=600),
        hidden_units=hidden_units,
        batch_size=batch_size,
        precision=precision,
        epochs=2,
    )

    def peak(members: int) -> int:
        tracemalloc.start()
        training = Training([config] * members, dataset)
        for _ in training.epochs():
            training.state(0)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    added = (peak(9) - peak(1)) / 8
    said = training_memory(config)
    assert said / 1.6 < added < said


def test_evaluation_is_counted_in_its_own_batches() -> None:
    assert size._EVALUATED_AT_ONCE == EVALUATION_BATCH
