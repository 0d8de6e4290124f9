"""Every random number comes from here: a generator for each seed, purpose and index.

The purpose keeps the streams apart when a run uses one seed for all of them; the index (a layer,
an epoch) makes each draw a pure function of the seed, so that resuming needs no generator state.
"""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What random numbers are drawn for. The values are part of every run's numbers."""

    SPLIT = 0
    INITIALIZATION = 1
    SHUFFLE = 2


def generator(seed: int, purpose: Purpose, index: int = 0) -> np.random.Generator:
    """Return a fresh generator that depends on the three arguments and on nothing else."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose, index)))
