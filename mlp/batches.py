"""Mini-batches: their order in an epoch, and how their images are gathered and scaled."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp.arrays import Floats
from mlp.generators import Purpose, generator
from mlp.normalization import Normalization

# Rows gathered and scaled at a time: few enough to stay in the cache from one to the other.
_ROWS = 128


def epoch_order(rows: NDArray[np.intp], seed: int, epoch: int) -> NDArray[np.intp]:
    """Return the rows in the order of an epoch: a pure function of its arguments."""
    return generator(seed, Purpose.SHUFFLE, epoch).permutation(rows)


class Batches:
    """Gathers batches from raw images, which may be mapped from a file and are never copied whole.

    images is (n, features) of any number type, labels (n,).
    """

    def __init__(
        self,
        images: NDArray[Any],
        labels: NDArray[np.integer[Any]],
        normalization: Normalization,
        batch_size: int,
    ) -> None:
        self._source = images
        self._source_labels = labels.astype(np.intp)
        self._normalization = normalization
        features = images.shape[1]
        self._raw = np.empty((min(batch_size, _ROWS), features), images.dtype)
        self._inputs = np.empty((batch_size, features), normalization.scale.dtype)
        self._labels = np.empty(batch_size, np.intp)

    def of(self, rows: NDArray[np.intp]) -> Iterator[tuple[Floats, NDArray[np.intp]]]:
        """Give out (inputs (1, features, batch), labels (batch,)) of `rows` in their order.

        The last batch has what is left. Each is overwritten by the next.
        """
        batch_size = len(self._labels)
        for start in range(0, len(rows), batch_size):
            chosen = rows[start : start + batch_size]
            inputs, labels = self._inputs[: len(chosen)], self._labels[: len(chosen)]
            # mode="clip" because "raise" takes a copy of `out`; the rows are in range.
            np.take(self._source_labels, chosen, out=labels, mode="clip")
            for first in range(0, len(chosen), _ROWS):
                few = chosen[first : first + _ROWS]
                raw = np.take(self._source, few, axis=0, out=self._raw[: len(few)], mode="clip")
                self._normalization.apply(raw, inputs[first : first + _ROWS])
            yield inputs.T[np.newaxis], labels
