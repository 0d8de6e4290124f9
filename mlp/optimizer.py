"""Stochastic gradient descent with momentum and weight decay, for a stack of networks.

The update goes member by member, although one array operation could do all: a member's arrays
then stay in the processor's cache from the first line of the formula to the last.
"""

from collections.abc import Sequence

import numpy as np

from mlp.arrays import Floats
from mlp.config import Config
from mlp.schedules import learning_rate


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
        self._configs = list(configs)
        self._parameters = list(parameters)
        self.velocities = list(velocities)
        self._scratch = [np.empty_like(array[0]) for array in parameters]
        self._rates: list[float] = []

    def start(self, epoch: int) -> None:
        """Set the learning rates of `epoch`, counted from 1."""
        self._rates = [learning_rate(config, epoch) for config in self._configs]

    def step(self, gradients: Sequence[Floats]) -> None:
        """Change the parameters by one step; the gradients are used up."""
        arrays = zip(self._parameters, self.velocities, gradients, self._scratch, strict=True)
        for index, (parameter, velocity, gradient, scratch) in enumerate(arrays):
            is_weight = index % 2 == 0
            for member, config in enumerate(self._configs):
                w, v, g = parameter[member], velocity[member], gradient[member]
                if is_weight and config.l2 > 0:
                    np.multiply(w, config.l2, out=scratch)
                    np.add(g, scratch, out=g)
                self._update(config, self._rates[member], w, v, g, scratch)

    @staticmethod
    def _update(
        config: Config, rate: float, w: Floats, v: Floats, g: Floats, scratch: Floats
    ) -> None:
        kind = config.momentum.kind
        coefficient = 0.0 if kind == "none" else config.momentum.coefficient
        damping = 1 - coefficient if kind == "damped" else 1.0
        np.multiply(g, damping * rate, out=g)
        np.multiply(v, coefficient, out=v)
        np.subtract(v, g, out=v)
        if kind == "nesterov":
            np.multiply(v, coefficient, out=scratch)
            np.subtract(scratch, g, out=scratch)
            np.add(w, scratch, out=w)
        else:
            np.add(w, v, out=w)
