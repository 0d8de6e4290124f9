"""Which training examples are held out for validation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlp.generators import Purpose, generator


@dataclass(frozen=True)
class Split:
    """Row numbers of the two parts, each ascending, so that a mapped file is read in order."""

    training: NDArray[np.intp]
    validation: NDArray[np.intp]


def split(examples: int, validation: float, seed: int, *, limited_from: int | None = None) -> Split:
    """Draw the validation part of `examples` training examples.

    `validation` below 1 is a fraction; otherwise it is a count, meant for the whole set: if the
    examples are a quick look at `limited_from`, it shrinks in proportion.

    Raises:
        ValueError: if one of the parts would be empty.
    """
    fraction = validation if validation < 1 else validation / (limited_from or examples)
    held_out = round(examples * fraction)
    if not 0 < held_out < examples:
        msg = (
            f"data.validation={validation:g} of {examples} training examples leaves"
            f" {max(examples - held_out, 0)} to train on and {held_out} to validate on:"
            " each part needs 1 or more"
        )
        raise ValueError(msg)
    rows = generator(seed, Purpose.SPLIT).permutation(examples)
    return Split(training=np.sort(rows[held_out:]), validation=np.sort(rows[:held_out]))
