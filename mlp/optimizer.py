"""Stochastic gradient descent with momentum and weight decay, for a stack of networks.

The update reads and writes far more memory than it computes with, so what counts is how often the
parameters go through the processor. Two things keep that low. The size of the step scales the
small dE/dlogits before the backward pass, which is linear, instead of every gradient after it. And
members are updated in blocks that stay in the cache from the first line of the formula to the last.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from mlp.arrays import Floats
from mlp.config import Config
from mlp.schedules import learning_rate

# Of one array; an update reads four.
_BLOCK_BYTES = 1 << 18


class Optimizer:
    """v = g v - s (dE/dw + l2 w), then w = w + v, with each member's own g, s and l2.

    With the momentum coefficient g and the learning rate a of the epoch:

    damped     s = (1 - g) a      (the paper's)
    classical  s = a              (Polyak 1964)
    nesterov   s = a, and w = w + g v - a (dE/dw + l2 w) with the new v
                                  (Sutskever et al. 2013, as PyTorch writes it)
    none       s = a, g = 0

    So damped at rate a is classical at (1 - g) a. dE/dw is the mean over the batch, or the sum
    with `gradient: sum`: on batches of B examples the sum at rate a with l2 is the mean at rate
    a B with l2 / B. l2 acts on weights, not on biases.
    """

    def __init__(
        self, configs: Sequence[Config], parameters: Sequence[Floats], velocities: Sequence[Floats]
    ) -> None:
        """Take one config a member, and arrays (K, ...): weight, bias, weight, bias, ...

        Parameters and velocities are changed in place.
        """
        self.velocities = list(velocities)
        self._configs = list(configs)
        self._dtype = parameters[0].dtype
        self._blocks = list(_blocks(configs, parameters, velocities))
        self._sizes: list[float] = []
        self._scales: dict[int, Floats] = {}

    def start(self, epoch: int) -> None:
        """Set the learning rates of `epoch`, counted from 1."""
        self._sizes = [
            (1 - config.momentum.coefficient if config.momentum.kind == "damped" else 1.0)
            * learning_rate(config, epoch)
            for config in self._configs
        ]
        self._scales.clear()
        decays = [size * config.l2 for size, config in zip(self._sizes, self._configs, strict=True)]
        for block in self._blocks:
            block.decay[:, 0, 0] = decays[block.members]

    def scale(self, batch: int) -> Floats:
        """Return by what dE/dlogits is multiplied to make s dE/dw of the backward pass, (K, 1, 1).

        The sum over `batch` examples needs s for `gradient: sum` and s / batch for `mean`.
        """
        if batch not in self._scales:
            scales = [
                size / batch if config.gradient == "mean" else size
                for size, config in zip(self._sizes, self._configs, strict=True)
            ]
            self._scales[batch] = np.array(scales, self._dtype).reshape(-1, 1, 1)
        return self._scales[batch]

    def step(self, gradients: Sequence[Floats]) -> None:
        """Change the parameters by one step; the gradients, s dE/dw, are used up."""
        for block in self._blocks:
            block.update(gradients[block.array][block.members])


@dataclass(frozen=True)
class _Block:
    """Some neighbours in the stack, of like formula, in one of the parameter arrays."""

    array: int
    members: slice
    w: Floats
    v: Floats
    scratch: Floats
    coefficient: Floats
    decay: Floats
    decays: bool
    moves: bool
    nesterov: bool

    def update(self, g: Floats) -> None:
        """Do the formula with g = s dE/dw."""
        w, v, scratch = self.w, self.v, self.scratch
        if self.decays:
            np.multiply(w, self.decay, out=scratch)
            np.add(g, scratch, out=g)
        if not self.moves:
            # What the lines below come to with a coefficient of 0, in a third of the time.
            np.subtract(w, g, out=w)
            return
        np.multiply(v, self.coefficient, out=v)
        np.subtract(v, g, out=v)
        if self.nesterov:
            np.multiply(v, self.coefficient, out=scratch)
            np.subtract(scratch, g, out=scratch)
            np.add(w, scratch, out=w)
        else:
            np.add(w, v, out=w)


def _blocks(
    configs: Sequence[Config], parameters: Sequence[Floats], velocities: Sequence[Floats]
) -> Iterator[_Block]:
    """Cut each array into runs of neighbours with one formula, and those to the cache's size."""
    coefficients = [
        0.0 if config.momentum.kind == "none" else config.momentum.coefficient for config in configs
    ]
    for array, (parameter, velocity) in enumerate(zip(parameters, velocities, strict=True)):
        is_weight = array % 2 == 0
        widest = max(1, _BLOCK_BYTES // parameter[0].nbytes)
        scratch = np.empty_like(parameter[:widest])

        def formula(member: int, *, is_weight: bool = is_weight) -> tuple[bool, bool, bool]:
            config = configs[member]
            return (
                is_weight and config.l2 > 0,
                coefficients[member] > 0,
                config.momentum.kind == "nesterov",
            )

        for (decays, moves, nesterov), run in groupby(range(len(configs)), formula):
            alike = list(run)
            for start in range(alike[0], alike[-1] + 1, widest):
                members = slice(start, min(start + widest, alike[-1] + 1))
                own = np.array(coefficients[members], parameter.dtype).reshape(-1, 1, 1)
                yield _Block(
                    array,
                    members,
                    parameter[members],
                    velocity[members],
                    scratch[: len(own)],
                    own,
                    np.zeros_like(own),
                    decays,
                    moves,
                    nesterov,
                )
