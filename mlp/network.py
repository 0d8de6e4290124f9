"""A stack of K multi-layer perceptrons of like architecture; a single network is a stack of 1."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import DTypeLike

from mlp.arrays import Floats
from mlp.initialization import initial_weights
from mlp.layers import ActivationLayer, Linear


class Network:
    """Linear layers with an activation between each two; the last gives the logits."""

    def __init__(
        self, weights: Sequence[Floats], biases: Sequence[Floats], activations: Sequence[str]
    ) -> None:
        """Stack the layers.

        Layer n has weights[n] (K, out, in) and biases[n] (K, out, 1), which become the network's
        own; `activations` names one for each member, used by all its hidden layers.
        """
        self.activations = tuple(activations)
        self.linears = [Linear(w, b) for w, b in zip(weights, biases, strict=True)]
        self._hidden = [
            ActivationLayer(activations, linear.weight.shape[1], linear.weight.dtype)
            for linear in self.linears[:-1]
        ]

    @classmethod
    def initial(
        cls,
        widths: list[int],
        members: Sequence[tuple[str, str, int]],
        dtype: DTypeLike,
    ) -> Self:
        """Draw a stack: one (activation, initialization, seed) a member, layers of `widths`."""
        drawn = [initial_weights(name, seed, widths, dtype) for _, name, seed in members]
        weights = [np.stack(layer) for layer in zip(*drawn, strict=True)]
        biases = [np.zeros((len(members), width, 1), dtype) for width in widths[1:]]
        return cls(weights, biases, [activation for activation, _, _ in members])

    @property
    def parameters(self) -> list[Floats]:
        """The weight and bias of each layer in turn, as they are, not copies."""
        return [array for linear in self.linears for array in (linear.weight, linear.bias)]

    @property
    def gradients(self) -> list[Floats]:
        """What the last `backward` found, in the order of `parameters`."""
        return [
            array
            for linear in self.linears
            for array in (linear.weight_gradient, linear.bias_gradient)
        ]

    def forward(self, x: Floats) -> Floats:
        """Return the logits (K, classes, batch) of inputs (1, features, batch)."""
        for linear, activation in zip(self.linears[:-1], self._hidden, strict=True):
            x = activation.forward(linear.forward(x))
        return self.linears[-1].forward(x)

    def backward(self, gradient: Floats) -> None:
        """From dE/dlogits, set the gradient of every parameter. Uses up the last forward.

        All is linear in what comes in: of c dE/dlogits it makes c dE/dw.
        """
        self.linears[-1].backward(gradient)
        for below, activation, above in zip(
            reversed(self.linears[:-1]),
            reversed(self._hidden),
            reversed(self.linears[1:]),
            strict=True,
        ):
            gradient = activation.backward(above.input_gradient(gradient))
            below.backward(gradient)

    def only(self, members: Sequence[int]) -> "Network":
        """Return a smaller stack of some of the members, in the order given, with copies."""
        kept = list(members)
        return Network(
            [linear.weight[kept] for linear in self.linears],
            [linear.bias[kept] for linear in self.linears],
            [self.activations[member] for member in kept],
        )
