"""Losses and hits of several batches."""

import numpy as np

from mlp.metrics import Tally


def test_means_are_over_examples_not_batches() -> None:
    tally = Tally(2, "float32")
    hits = np.array([[True, False, True], [False, False, True]])
    losses = np.array([[1.0, 2.0, 6.0], [0.0, 0.5, 4.0]], "float32")
    for _ in range(2):
        tally.clear()
        tally.add(losses[:, :2], hits[:, :2])
        tally.add(losses[:, 2:], hits[:, 2:])
    assert tally.means() == ([3.0, 1.5], [2 / 3, 1 / 3])
