"""Loss and accuracy of many batches, for each member of a stack."""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mlp.arrays import Buffer, Floats


class Tally:
    """Adds up losses and hits; what it gives out are means over the examples seen.

    Each batch is summed in the network's precision, the batches in float64.
    """

    def __init__(self, members: int, dtype: DTypeLike) -> None:
        self._counted = Buffer(members, 1, np.intp)
        self._batch_losses = np.empty(members, dtype)
        self._batch_hits = np.empty(members, np.intp)
        self._losses = np.zeros(members)
        self._hits = np.zeros(members, np.intp)
        self._examples = 0

    def clear(self) -> None:
        """Forget what was added."""
        self._losses.fill(0)
        self._hits.fill(0)
        self._examples = 0

    def add(self, losses: Floats, hits: NDArray[np.bool_]) -> None:
        """Add the losses of a batch (K, batch), and which of its predictions are right."""
        np.add.reduce(losses, axis=-1, out=self._batch_losses)
        self._losses += self._batch_losses
        # Summing booleans as integers would convert them in a new array.
        counted = self._counted.of(losses.shape[-1])[:, 0]
        np.copyto(counted, hits)
        np.add.reduce(counted, axis=-1, out=self._batch_hits)
        self._hits += self._batch_hits
        self._examples += losses.shape[-1]

    def means(self) -> tuple[list[float], list[float]]:
        """Return each member's mean loss and its accuracy, a fraction."""
        losses, accuracies = self._losses / self._examples, self._hits / self._examples
        return losses.tolist(), accuracies.tolist()
