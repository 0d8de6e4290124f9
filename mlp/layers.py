"""The layers of a stack of networks: linear, and the activation that follows it."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import DTypeLike

from mlp.activations import BY_NAME
from mlp.arrays import Buffer, Floats
from mlp.products import multiply


class Linear:
    """z = W x + b, for K members at once.

    weight is (K, out, in), bias (K, out, 1), x (K, in, batch), or (1, in, batch) if all members
    read the same. Arrays that methods return are the layer's own and last until the next call.
    """

    def __init__(self, weight: Floats, bias: Floats) -> None:
        members, outputs, inputs = weight.shape
        self.weight, self.bias = weight, bias
        self.weight_gradient = np.empty_like(weight)
        self.bias_gradient = np.empty_like(bias)
        self._z = Buffer(members, outputs, weight.dtype)
        self._input_gradient = Buffer(members, inputs, weight.dtype)
        self._ones = np.ones((0, 1), weight.dtype)
        self.inputs: Floats

    def forward(self, x: Floats) -> Floats:
        """Return z (K, out, batch); x is kept as `inputs` for `backward`."""
        self.inputs = x
        z: Floats = self._z.of(x.shape[-1])
        multiply(self.weight, x, z)
        np.add(z, self.bias, out=z)
        return z

    def backward(self, gradient: Floats) -> None:
        """From dE/dz (K, out, batch), set dE/dW = dE/dz x^T and dE/db, its sum over the batch."""
        multiply(gradient, self.inputs.transpose(0, 2, 1), self.weight_gradient)
        # A product with ones is the same sum, in a quarter of the time.
        np.matmul(gradient, self._ones_of(gradient.shape[-1]), out=self.bias_gradient)

    def input_gradient(self, gradient: Floats) -> Floats:
        """Return dE/dx = W^T dE/dz, (K, in, batch)."""
        x_gradient: Floats = self._input_gradient.of(gradient.shape[-1])
        multiply(self.weight.transpose(0, 2, 1), gradient, x_gradient)
        return x_gradient

    def _ones_of(self, batch: int) -> Floats:
        if len(self._ones) < batch:
            self._ones = np.ones((batch, 1), self._ones.dtype)
        return self._ones[:batch]


class ActivationLayer:
    """The activations of a stack whose members may differ in them.

    Each run of neighbours with one activation is a slice, so members are best sorted by it.
    """

    def __init__(self, names: Sequence[str], features: int, dtype: DTypeLike) -> None:
        self._parts = []
        start = 0
        for name, run in groupby(names):
            members = len(list(run))
            part = slice(start, start + members)
            self._parts.append((part, BY_NAME[name](members, features, dtype)))
            start += members

    def forward(self, z: Floats) -> Floats:
        """Return f(z), written over z (K, features, batch)."""
        for part, activation in self._parts:
            activation.forward(z[part])
        return z

    def backward(self, gradient: Floats) -> Floats:
        """Return dE/dz, written over dE/dy (K, features, batch)."""
        for part, activation in self._parts:
            activation.backward(gradient[part])
        return gradient
