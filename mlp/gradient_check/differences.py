"""Every parameter's gradient against a central difference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlp.arrays import Floats
from mlp.loss import SoftmaxCrossEntropy
from mlp.member import names
from mlp.network import Network
from mlp.products import one_thread

# In float64, rounding (about 1e-16 / e) and truncation (about e^2) are both below 1e-10.
EPSILON = 1e-5
# A difference across the kink of a ReLU is wrong by the change of slope, and a smaller step seldom
# meets the kink again: a parameter in such doubt is measured once more.
_DOUBTFUL = 1e-4
_SMALLER = EPSILON / 100
# Gradients below this are compared as if they were this large: a difference can't resolve them.
_FLOOR = 1e-6
# Copies of the network in one stack, in bytes: what stays in a processor's cache.
_STACK_BYTES = 8 << 20


@dataclass(frozen=True)
class Layer:
    """The errors of one parameter array: |numerical - gradient| / max of their magnitudes."""

    name: str
    parameters: int
    max_relative_error: float
    mean_relative_error: float
    max_absolute_error: float


def every_parameter(network: Network, inputs: Floats, labels: NDArray[np.intp]) -> Iterator[Layer]:
    """Compare every gradient of the mean loss, giving out each array once it is done.

    network is a stack of one in float64, inputs (1, features, examples), labels (examples,).
    """
    found = gradients(network, inputs, labels)
    for index, (name, gradient) in enumerate(zip(names(len(found)), found, strict=True)):
        flat = gradient.ravel()
        with one_thread():
            numerical = differences(network, inputs, labels, index, np.arange(flat.size), EPSILON)
            doubtful = np.flatnonzero(_relative(numerical, flat) > _DOUBTFUL)
            again = differences(network, inputs, labels, index, doubtful, _SMALLER)
        better = _relative(again, flat[doubtful]) < _relative(numerical[doubtful], flat[doubtful])
        numerical[doubtful[better]] = again[better]
        relative = _relative(numerical, flat)
        yield Layer(
            name,
            flat.size,
            float(relative.max()),
            float(relative.mean()),
            float(np.abs(numerical - flat).max()),
        )


def gradients(network: Network, inputs: Floats, labels: NDArray[np.intp]) -> list[Floats]:
    """Return the backward pass's gradient of the mean loss for each parameter, (out, in)."""
    _, classes, _ = network.linears[-1].bias.shape
    loss = SoftmaxCrossEntropy(1, classes, inputs.dtype)
    loss.forward(network.forward(inputs), labels)
    network.backward(loss.backward(np.full((1, 1, 1), 1 / len(labels))))
    return [gradient[0].copy() for gradient in network.gradients]


def differences(
    network: Network,
    inputs: Floats,
    labels: NDArray[np.intp],
    index: int,
    elements: Sequence[int] | NDArray[np.intp],
    epsilon: float,
) -> NDArray[np.float64]:
    """Return the central difference of the mean loss for some elements of one parameter array.

    `index` counts the arrays of `network.parameters`, `elements` within the flattened array. Only
    the layers from the changed one on are run, on what the layers below give out.
    """
    layer = index // 2
    size = sum(array.nbytes for array in network.parameters[2 * layer :])
    width = max(1, min(_STACK_BYTES // (2 * size), len(elements)))
    upper, below = _from_layer(network, layer, inputs, 2 * width)
    perturbed = upper.parameters[index % 2].reshape(2 * width, -1)
    exact = network.parameters[index].ravel()
    loss = SoftmaxCrossEntropy(2 * width, upper.parameters[-1].shape[1], inputs.dtype)
    found = np.empty(len(elements))
    plus, minus = np.arange(width), np.arange(width, 2 * width)
    for start in range(0, len(elements), width):
        chosen = np.asarray(elements[start : start + width])
        count = len(chosen)
        perturbed[plus[:count], chosen] = exact[chosen] + epsilon
        perturbed[minus[:count], chosen] = exact[chosen] - epsilon
        losses, _ = loss.forward(upper.forward(below), labels)
        means = losses.mean(axis=-1)
        found[start : start + count] = (means[:count] - means[width : width + count]) / (
            2 * epsilon
        )
        perturbed[plus[:count], chosen] = exact[chosen]
        perturbed[minus[:count], chosen] = exact[chosen]
    return found


def _from_layer(
    network: Network, layer: int, inputs: Floats, members: int
) -> tuple[Network, Floats]:
    """Return a stack of copies of the layers from `layer` on, and what comes into it."""

    def copies(linears: Sequence[Floats]) -> list[Floats]:
        return [np.repeat(array, members, axis=0) for array in linears]

    activation = network.activations[0]
    upper = Network(
        copies([linear.weight for linear in network.linears[layer:]]),
        copies([linear.bias for linear in network.linears[layer:]]),
        [activation] * members,
    )
    if layer == 0:
        return upper, inputs
    network.forward(inputs)
    return upper, network.linears[layer].inputs.copy()


def _relative(numerical: Floats, gradient: Floats) -> NDArray[np.float64]:
    largest = np.maximum(np.abs(numerical), np.abs(gradient))
    relative: NDArray[np.float64] = np.abs(numerical - gradient) / np.maximum(largest, _FLOOR)
    return relative
