"""Running a network over examples that it does not learn from."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp.arithmetic import arithmetic
from mlp.arrays import Floats
from mlp.batches import Batches
from mlp.loss import Predictions, SoftmaxCrossEntropy
from mlp.metrics import Tally
from mlp.network import Network
from mlp.normalization import Normalization

# Large enough to multiply well, small enough for the cache, and usually without a rest, which would
# be one more shape of product to probe. Part of every run's numbers, in their last bits.
EVALUATION_BATCH = 500


class Evaluation:
    """Loss, accuracy and predictions of a stack of networks on some rows of a set of images."""

    def __init__(self, batches: Batches, rows: NDArray[np.intp]) -> None:
        self._batches = batches
        self._rows = rows

    def means(self, network: Network) -> tuple[list[float], list[float]]:
        """Return each member's mean loss and accuracy."""
        members, classes, _ = network.linears[-1].bias.shape
        dtype = network.linears[-1].bias.dtype
        loss = SoftmaxCrossEntropy(members, classes, dtype)
        tally = Tally(members, dtype)
        for inputs, labels in self._batches.of(self._rows):
            tally.add(*loss.forward(network.forward(inputs), labels))
        return tally.means()

    def judged(self, network: Network) -> tuple[list[float], list[float], NDArray[np.uint8]]:
        """Return each member's mean loss and accuracy, and the predicted classes (K, rows)."""
        members, classes, _ = network.linears[-1].bias.shape
        dtype = network.linears[-1].bias.dtype
        loss = SoftmaxCrossEntropy(members, classes, dtype)
        predictions = Predictions(members, classes, dtype)
        tally = Tally(members, dtype)
        found = np.empty((members, len(self._rows)), np.uint8)
        start = 0
        for inputs, labels in self._batches.of(self._rows):
            stop = start + len(labels)
            logits = network.forward(inputs)
            # First, because probabilities, which the loss makes of them, may tie by rounding.
            found[:, start:stop] = predictions.of(logits)
            tally.add(*loss.forward(logits, labels))
            start = stop
        return *tally.means(), found


def whole(
    images: NDArray[Any], labels: NDArray[np.integer[Any]], normalization: Normalization
) -> Evaluation:
    """Evaluate on all rows of images (n, features) and labels (n,)."""
    batches = Batches(images, labels, normalization, EVALUATION_BATCH)
    return Evaluation(batches, np.arange(len(labels)))


def loaded(
    weights: Sequence[Mapping[str, NDArray[Any]]], activations: Sequence[str]
) -> tuple[Network, Normalization]:
    """Rebuild a stack of networks, of one normalization, from the weights of their `Result`s."""
    layers = range(1, 1 + sum(name.startswith("weight_") for name in weights[0]))
    network = Network(
        [np.stack([own[f"weight_{layer}"] for own in weights]) for layer in layers],
        [np.stack([own[f"bias_{layer}"] for own in weights])[..., np.newaxis] for layer in layers],
        activations,
    )
    return network, Normalization(weights[0]["input_shift"], weights[0]["input_scale"])


def probabilities(
    weights: Mapping[str, NDArray[Any]], activation: str, images: NDArray[Any]
) -> Floats:
    """Return the probability of each class (n, classes) of raw images (n, features).

    `weights` are those of a `Result`, or its .npz file as np.load gives it.
    """
    network, normalization = loaded([weights], [activation])
    _, classes, _ = network.linears[-1].bias.shape
    loss = SoftmaxCrossEntropy(1, classes, normalization.scale.dtype)
    found = []
    labels = np.zeros(len(images), np.intp)
    batches = Batches(images, labels, normalization, EVALUATION_BATCH)
    with arithmetic():
        for inputs, unused in batches.of(np.arange(len(images))):
            logits = network.forward(inputs)
            loss.forward(logits, unused)
            found.append(logits[0].T.copy())
    return np.concatenate(found)
