"""Softmax and cross-entropy in one, which is stable and has a simple gradient."""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mlp.arrays import Buffer, Floats


class SoftmaxCrossEntropy:
    """E = -log p[label],  p = exp(z - max z) / sum exp(z - max z),  dE/dz = p - onehot(label).

    With the logits z (K, classes, batch) shifted by their largest, no power overflows, and E
    = log sum exp(z - max z) - (z[label] - max z) takes no logarithm of a vanishing p.
    """

    def __init__(self, members: int, classes: int, dtype: DTypeLike) -> None:
        self._column = Buffer(members, 1, dtype)
        self._losses = Buffer(members, 1, dtype)
        self._hits = Buffer(members, 1, np.bool_)
        self._less = Buffer(members, classes, np.bool_)
        self._predictions = Predictions(members, classes, dtype)
        self._onehot = Buffer(1, classes, dtype)
        self._places = Buffer(1, 1, np.intp)
        self._counting: NDArray[np.intp] = np.arange(0)
        self._p: Floats

    def forward(self, logits: Floats, labels: NDArray[np.intp]) -> tuple[Floats, NDArray[np.bool_]]:
        """Return each example's loss (K, batch), in nats, and whether it is predicted right.

        Labels are (batch,). The prediction is the class of the largest logit, the first of equals.
        The logits are overwritten with the probabilities.
        """
        members, classes, batch = logits.shape
        column, losses = self._column.of(batch), self._losses.of(batch)[:, 0]
        np.maximum.reduce(logits, axis=-2, keepdims=True, out=column)
        np.subtract(logits, column, out=logits)
        # mode="clip" because "raise" takes a copy of `out`; labels were checked when read.
        flat = logits.reshape(members, classes * batch)
        np.take(flat, self._find(labels), axis=1, out=losses, mode="clip")
        hits = self._hits_of(logits, losses, labels)
        np.exp(logits, out=logits)
        np.add.reduce(logits, axis=-2, keepdims=True, out=column)
        self._p = np.divide(logits, column, out=logits)
        np.log(column, out=column)
        np.subtract(column[:, 0], losses, out=losses)
        return losses, hits

    def backward(self, scale: Floats) -> Floats:
        """Return dE/dz of the last `forward` times `scale` (K, 1, 1), over the probabilities.

        A scale of 1 / batch gives the gradient of the mean loss, 1 that of the sum.
        """
        batch = self._p.shape[-1]
        onehot = self._onehot.of(batch)
        onehot.fill(0)
        onehot.reshape(-1)[self._places.of(batch)[0, 0]] = 1
        np.subtract(self._p, onehot, out=self._p)
        return np.multiply(self._p, scale, out=self._p)

    def _hits_of(self, shifted: Floats, own: Floats, labels: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Compare z - max z of the labels with 0, or, if there is a tie, predictions with labels.

        Finding out where the largest is takes several times as long as seeing that it is one.
        """
        hits: NDArray[np.bool_] = self._hits.of(len(labels))[:, 0]
        less = np.less(shifted, 0, out=self._less.of(len(labels)))
        if np.count_nonzero(less) == shifted.size - own.size:
            # Each example has one that is not less. It may be a nan, of an infinite logit.
            return np.logical_not(np.less(own, 0, out=hits), out=hits)
        return np.equal(self._predictions.of(shifted), labels, out=hits)

    def _find(self, labels: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return where each label's entry lies in a flattened (classes, batch) plane."""
        batch = len(labels)
        if len(self._counting) < batch:
            self._counting = np.arange(batch)
        places: NDArray[np.intp] = self._places.of(batch)[0, 0]
        np.multiply(labels, batch, out=places)
        return np.add(places, self._counting[:batch], out=places)


class Predictions:
    """The classes of the largest logits."""

    def __init__(self, members: int, classes: int, dtype: DTypeLike) -> None:
        self._by_example = Buffer(members * classes, 1, dtype)
        self._predictions = Buffer(members, 1, np.intp)

    def of(self, logits: Floats) -> NDArray[np.intp]:
        """Return the classes (K, batch) of logits (K, classes, batch), the first of equals."""
        members, classes, batch = logits.shape
        # argmax along any but the last axis makes a copy of its own.
        by_example = self._by_example.of(batch).reshape(members, batch, classes)
        np.copyto(by_example, logits.transpose(0, 2, 1))
        predictions: NDArray[np.intp] = self._predictions.of(batch)[:, 0]
        return np.argmax(by_example, axis=-1, out=predictions)
