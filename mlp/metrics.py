"""Loss and accuracy of many batches, for each member of a stack."""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mlp.arrays import Buffer, Floats, Places


class Tally:
    """Adds up losses and hits; what it gives out are means over the examples seen.

    Each batch is summed in the network's precision, the batches in float64.
    """

    def __init__(self, members: int, classes: int, dtype: DTypeLike) -> None:
        self._by_example = Buffer(members * classes, 1, dtype)
        self._predictions = Buffer(members, 1, np.intp)
        self._largest = Buffer(members, 1, dtype)
        self._less = Buffer(members, classes, np.bool_)
        self._places = Places()
        self._equal = Buffer(members, 1, np.bool_)
        self._hits = Buffer(members, 1, np.intp)
        self._batch_losses = np.empty(members, dtype)
        self._batch_hits = np.empty(members, np.intp)
        self._losses = np.zeros(members)
        self._correct = np.zeros(members, np.intp)
        self._examples = 0

    def clear(self) -> None:
        """Forget what was added."""
        self._losses.fill(0)
        self._correct.fill(0)
        self._examples = 0

    def predict(self, logits: Floats) -> NDArray[np.intp]:
        """Return the class (K, batch) of the largest logit, the first of equals."""
        members, classes, batch = logits.shape
        # argmax along any but the last axis makes a copy of its own.
        by_example = self._by_example.of(batch).reshape(members, batch, classes)
        np.copyto(by_example, logits.transpose(0, 2, 1))
        predictions: NDArray[np.intp] = self._predictions.of(batch)[:, 0]
        return np.argmax(by_example, axis=-1, out=predictions)

    def add_hits(self, logits: Floats, labels: NDArray[np.intp]) -> None:
        """Count the right predictions of a batch of logits (K, classes, batch)."""
        batch = len(labels)
        equal = self._equal.of(batch)[:, 0]
        largest = self._largest.of(batch)
        np.maximum.reduce(logits, axis=-2, keepdims=True, out=largest)
        less = np.less(logits, largest, out=self._less.of(batch))
        if np.count_nonzero(less) == less.size - largest.size:
            # Every example has one largest logit, and no nan: its label's is that one, or is less.
            self._places.take(less, labels, equal)
            np.logical_not(equal, out=equal)
        else:
            np.equal(self.predict(logits), labels, out=equal)
        hits = self._hits.of(batch)[:, 0]
        # Summing booleans as integers would convert them in a new array.
        np.copyto(hits, equal)
        np.add.reduce(hits, axis=-1, out=self._batch_hits)
        self._correct += self._batch_hits
        self._examples += batch

    def add_losses(self, losses: Floats) -> None:
        """Add the losses (K, batch) of the same batch."""
        np.add.reduce(losses, axis=-1, out=self._batch_losses)
        self._losses += self._batch_losses

    def means(self) -> tuple[list[float], list[float]]:
        """Return each member's mean loss and its accuracy, a fraction."""
        losses, accuracies = self._losses / self._examples, self._correct / self._examples
        return losses.tolist(), accuracies.tolist()
