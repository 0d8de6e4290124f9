"""Softmax and cross-entropy in one, which is stable and has a simple gradient."""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mlp.arrays import Buffer, Floats, Places


class SoftmaxCrossEntropy:
    """E = -log p[label],  p = exp(z - max z) / sum exp(z - max z),  dE/dz = p - onehot(label).

    With the logits z (K, classes, batch) shifted by their largest, no power overflows, and E
    = log sum exp(z - max z) - (z[label] - max z) takes no logarithm of a vanishing p.
    """

    def __init__(self, members: int, classes: int, dtype: DTypeLike) -> None:
        self._classes = classes
        self._column = Buffer(members, 1, dtype)
        self._losses = Buffer(members, 1, dtype)
        self._onehot = Buffer(1, classes, dtype)
        self._places = Places()
        self._p: Floats

    def forward(self, logits: Floats, labels: NDArray[np.intp]) -> Floats:
        """Return each example's loss (K, batch), in nats; labels are (batch,).

        The logits are overwritten with the probabilities.
        """
        batch = len(labels)
        column = self._column.of(batch)
        losses: Floats = self._losses.of(batch)[:, 0]
        np.maximum.reduce(logits, axis=-2, keepdims=True, out=column)
        np.subtract(logits, column, out=logits)
        self._places.take(logits, labels, losses)
        np.exp(logits, out=logits)
        np.add.reduce(logits, axis=-2, keepdims=True, out=column)
        self._p = np.divide(logits, column, out=logits)
        np.log(column, out=column)
        np.subtract(column[:, 0], losses, out=losses)
        return losses

    def backward(self, labels: NDArray[np.intp], scale: Floats) -> Floats:
        """Return dE/dz times `scale` (K, 1, 1), written over the probabilities.

        A scale of 1 / batch gives the gradient of the mean loss, 1 that of the sum.
        """
        batch = self._p.shape[-1]
        onehot = self._onehot.of(batch)
        onehot.fill(0)
        onehot.reshape(-1)[self._places.of(labels)] = 1
        np.subtract(self._p, onehot, out=self._p)
        return np.multiply(self._p, scale, out=self._p)
