"""How numbers are worked with while a network trains or predicts."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from mlp.products import one_thread
from mlp.subnormals import flushed


@contextmanager
def arithmetic() -> Iterator[None]:
    """One BLAS thread, no subnormal numbers, and no word of overflows: a run that diverged shows.

    What is computed in it does not depend on which thread or process computes it.
    """
    # In this order: a thread that BLAS might begin would keep to what it was begun with.
    with one_thread(), flushed(), np.errstate(all="ignore"):
        yield
