"""The work that every contender does: 24 networks 784-50-10 on Fashion-MNIST.

Batches of 128 in a new order each epoch; losses and accuracies of training and validation after
each epoch, the test accuracy at the end; float32. Plain gradient descent with classical momentum
0.9, v = 0.9 v - a (dE/dw + l2 w), w = w + v, the same for all; l2 on weights alone. (Scikit-learn
divides its alpha by the batch, so alpha is 128 l2.)
"""

import argparse
from dataclasses import asdict, dataclass
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

ACTIVATIONS = ("tanh", "sigmoid", "relu")
LEARNING_RATES = (0.01, 0.05)
L2 = (0.0, 0.0001, 0.001, 0.01)
MOMENTUM = 0.9
BATCH = 128
FEATURES, HIDDEN, CLASSES = 784, 50, 10
TRAINING, VALIDATION, TEST = 50_000, 10_000, 10_000

METRICS = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
Curve = list[tuple[float, float, float, float]]
"""Of each epoch, the values of METRICS."""

# Operations an image. Forward: both layers. Training: forward, both weights' gradients, and the
# gradient of the hidden layer's outputs.
FORWARD = 2 * (FEATURES * HIDDEN + HIDDEN * CLASSES)
STEP = 2 * FORWARD + 2 * HIDDEN * CLASSES


@dataclass(frozen=True)
class Setting:
    """What differs between the networks."""

    activation: str
    learning_rate: float
    l2: float

    def params(self) -> dict[str, str]:
        """Return the settings as MLflow's params."""
        shared = {"batch_size": BATCH, "momentum": MOMENTUM, "hidden_units": HIDDEN}
        return {name: str(value) for name, value in (asdict(self) | shared).items()}


class Run(NamedTuple):
    """A trained network."""

    setting: Setting
    curve: Curve
    test_accuracy: float


GRID = tuple(Setting(*chosen) for chosen in product(ACTIVATIONS, LEARNING_RATES, L2))


def operations(epochs: int, runs: int = len(GRID)) -> int:
    """Count the floating-point operations of all products; nothing else is counted."""
    evaluated = epochs * VALIDATION + TEST
    return runs * (epochs * TRAINING * STEP + evaluated * FORWARD)


class Part(NamedTuple):
    """Images (n, 784), float32 from 0 to 1, and labels (n,)."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]


@cache
def parts() -> tuple[Part, Part, Part]:
    """Load training, validation and test images, the same split as ours, from the cache."""
    from mlp.config import Data
    from mlp.datasets import load
    from mlp.split import split

    dataset = load(Data())
    rows = split(TRAINING + VALIDATION, VALIDATION, 0)

    def part(images: NDArray[Any], labels: NDArray[Any]) -> Part:
        return Part(np.divide(images, 255, dtype=np.float32), labels.astype(np.int64))

    return (
        part(dataset.train_images[rows.training], dataset.train_labels[rows.training]),
        part(dataset.train_images[rows.validation], dataset.train_labels[rows.validation]),
        part(dataset.test_images, dataset.test_labels),
    )


class Asked(NamedTuple):
    """A contender's command line."""

    epochs: int
    cores: int


def asked() -> Asked:
    """Read a contender's command line: --epochs 10 --cores 2."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--cores", type=int, default=2)
    return Asked(**vars(parser.parse_args()))
