"""The arrays that layers pass on, and memory for them that is allocated once."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]


class Buffer:
    """Memory for an array (members, features, batch) whose batch length changes.

    All lengths share one block: what was written for one length is gone once another is asked
    for. Each array is C-contiguous, because a stack is multiplied as one wide matrix.
    """

    def __init__(self, members: int, features: int, dtype: DTypeLike) -> None:
        self._shape = (members, features)
        self._dtype = np.dtype(dtype)
        self._block: NDArray[Any] = np.empty(0, self._dtype)
        self._views: dict[int, NDArray[Any]] = {}

    def of(self, batch: int) -> NDArray[Any]:
        """Return the array (members, features, batch), uninitialised, the same one each time."""
        view = self._views.get(batch)
        return self._view(batch) if view is None else view

    def _view(self, batch: int) -> NDArray[Any]:
        members, features = self._shape
        size = members * features * batch
        if size > self._block.size:
            self._block = np.empty(size, self._dtype)
            self._views.clear()
        self._views[batch] = self._block[:size].reshape(members, features, batch)
        return self._views[batch]
