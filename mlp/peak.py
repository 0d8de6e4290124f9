"""How fast this processor multiplies matrices at best, with the BLAS that NumPy has."""

import time
from functools import cache

import numpy as np
from numpy.typing import DTypeLike

from mlp.products import one_thread

_SIZE = 2048
_SECONDS = 0.2


@cache
def peak(dtype: DTypeLike) -> float:
    """Return the operations a second of one large product on one thread, measured in about 0.2 s.

    The best of a few: whatever disturbs one makes it slower. Asked once in a process, as all
    workers begin at the same time and share what the machine has, it is what each of them can get.
    """
    left, right, out = (np.ones((_SIZE, _SIZE), dtype) for _ in range(3))
    quickest = float("inf")
    with one_thread():
        until = time.perf_counter() + _SECONDS
        while (began := time.perf_counter()) < until:
            np.matmul(left, right, out=out)
            quickest = min(quickest, time.perf_counter() - began)
    return 2 * _SIZE**3 / quickest
