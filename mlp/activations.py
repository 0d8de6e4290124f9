"""The activation functions of hidden layers, each with its derivative.

An activation works in place, because its array is read by nobody else: `forward` overwrites the
pre-activations z (members, features, batch) with y = f(z), and `backward` overwrites dE/dy with
dE/dz = dE/dy * f'(z). The derivative is taken from the output y where it can be, and y is used up
by that: the layer above has taken its own gradient from y before.
"""

from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike

from mlp.arrays import Buffer, Floats

LEAKY_SLOPE = 0.01
_GELU_CUBIC = 0.044715
_GELU_FACTOR = float(np.sqrt(2 / np.pi))


class Activation(Protocol):
    """What a hidden layer does to each of its units."""

    def __init__(self, members: int, features: int, dtype: DTypeLike) -> None: ...

    def forward(self, z: Floats) -> None:
        """Overwrite z with f(z)."""

    def backward(self, gradient: Floats) -> None:
        """Overwrite dE/dy with dE/dz, for the z of the last `forward`."""


class _FromOutput:
    """An activation that needs no more than its output for the derivative."""

    _y: Floats

    def __init__(self, members: int, features: int, dtype: DTypeLike) -> None:
        pass


class Tanh(_FromOutput):
    """y = tanh(z),  y' = 1 - y^2."""

    def forward(self, z: Floats) -> None:
        self._y = np.tanh(z, out=z)

    def backward(self, gradient: Floats) -> None:
        y = self._y
        np.multiply(y, y, out=y)
        np.subtract(1, y, out=y)
        np.multiply(gradient, y, out=gradient)


class Sigmoid(_FromOutput):
    """y = 1 / (1 + exp(-z)),  y' = y (1 - y).

    -z is cut at the largest exponent whose power is finite: below it y is 0 to the last bit that
    a sum with anything else could show.
    """

    def __init__(self, members: int, features: int, dtype: DTypeLike) -> None:
        super().__init__(members, features, dtype)
        self._largest = np.floor(np.log(np.finfo(np.dtype(dtype)).max))

    def forward(self, z: Floats) -> None:
        np.negative(z, out=z)
        np.minimum(z, self._largest, out=z)
        np.exp(z, out=z)
        np.add(z, 1, out=z)
        self._y = np.reciprocal(z, out=z)

    def backward(self, gradient: Floats) -> None:
        y = self._y
        np.multiply(gradient, y, out=gradient)
        np.subtract(1, y, out=y)
        np.multiply(gradient, y, out=gradient)


class ReLU:
    """y = max(z, 0),  y' = 1 where y > 0, else 0."""

    def __init__(self, members: int, features: int, dtype: DTypeLike) -> None:  # noqa: ARG002
        self._on = Buffer(members, features, np.bool_)
        self._y: Floats

    def forward(self, z: Floats) -> None:
        self._y = np.maximum(z, 0, out=z)

    def backward(self, gradient: Floats) -> None:
        # Faster than np.sign, and than writing zeros where a mask says so.
        on = np.greater(self._y, 0, out=self._on.of(gradient.shape[-1]))
        np.multiply(gradient, on, out=gradient)


class LeakyReLU:
    """y = max(z, s z) with s = 0.01,  y' = 1 where y > 0, else s."""

    def __init__(self, members: int, features: int, dtype: DTypeLike) -> None:
        self._scratch = Buffer(members, features, dtype)
        self._on = Buffer(members, features, np.bool_)
        self._y: Floats

    def forward(self, z: Floats) -> None:
        sloped = np.multiply(z, LEAKY_SLOPE, out=self._scratch.of(z.shape[-1]))
        self._y = np.maximum(z, sloped, out=z)

    def backward(self, gradient: Floats) -> None:
        on = np.greater(self._y, 0, out=self._on.of(gradient.shape[-1]))
        slope = np.maximum(on, LEAKY_SLOPE, out=self._y, dtype=self._y.dtype)
        np.multiply(gradient, slope, out=gradient)


class ELU:
    """y = z where z > 0, else exp(z) - 1,  y' = min(y, 0) + 1 (Clevert et al. 2016, alpha = 1)."""

    def __init__(self, members: int, features: int, dtype: DTypeLike) -> None:
        self._scratch = Buffer(members, features, dtype)
        self._y: Floats

    def forward(self, z: Floats) -> None:
        negative = np.minimum(z, 0, out=self._scratch.of(z.shape[-1]))
        np.expm1(negative, out=negative)
        np.maximum(z, 0, out=z)
        self._y = np.add(z, negative, out=z)

    def backward(self, gradient: Floats) -> None:
        y = self._y
        np.minimum(y, 0, out=y)
        np.add(y, 1, out=y)
        np.multiply(gradient, y, out=gradient)


class GELU:
    """y = z (1 + t) / 2 with t = tanh(u), u = sqrt(2/pi) (z + 0.044715 z^3).

    This is the tanh form (Hendrycks and Gimpel 2016, GPT-2; PyTorch's approximate="tanh"), within
    0.0005 of z Phi(z), because NumPy has no error function. It is not monotone, so the derivative
    needs z:  y' = (1 + t) / 2 + z (1 - t^2) u' / 2,  u' = sqrt(2/pi) (1 + 3 * 0.044715 z^2).
    """

    def __init__(self, members: int, features: int, dtype: DTypeLike) -> None:
        self._inputs = Buffer(members, features, dtype)
        self._tanh = Buffer(members, features, dtype)
        self._scratch = Buffer(members, features, dtype)

    def forward(self, z: Floats) -> None:
        inputs, t = self._inputs.of(z.shape[-1]), self._tanh.of(z.shape[-1])
        np.copyto(inputs, z)
        np.multiply(z, z, out=t)
        np.multiply(t, _GELU_FACTOR * _GELU_CUBIC, out=t)
        np.add(t, _GELU_FACTOR, out=t)
        np.multiply(t, z, out=t)
        np.tanh(t, out=t)
        half = np.multiply(z, 0.5, out=self._scratch.of(z.shape[-1]))
        np.multiply(half, t, out=z)
        np.add(z, half, out=z)

    def backward(self, gradient: Floats) -> None:
        batch = gradient.shape[-1]
        z, t, slope = self._inputs.of(batch), self._tanh.of(batch), self._scratch.of(batch)
        np.multiply(z, z, out=slope)
        np.multiply(slope, 3 * _GELU_FACTOR * _GELU_CUBIC, out=slope)
        np.add(slope, _GELU_FACTOR, out=slope)
        np.multiply(slope, z, out=slope)
        np.multiply(t, t, out=z)
        np.subtract(1, z, out=z)
        np.multiply(slope, z, out=slope)
        np.add(slope, t, out=slope)
        np.add(slope, 1, out=slope)
        np.multiply(slope, 0.5, out=slope)
        np.multiply(gradient, slope, out=gradient)


BY_NAME: dict[str, type[Activation]] = {
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "gelu": GELU,
}
