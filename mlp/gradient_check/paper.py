"""The source report's own table: six parameters, a step of 0.01, ten examples, one per class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlp.arrays import Floats
from mlp.gradient_check.differences import differences, gradients
from mlp.network import Network

EPSILON = 0.01


@dataclass(frozen=True)
class Row:
    """One parameter: what the differences and the backward pass give, averaged over examples."""

    parameter: str
    numerical: float
    gradient: float

    @property
    def difference(self) -> float:
        """How far the two are apart: of order EPSILON ** 2, 1e-4, by the formula."""
        return abs(self.numerical - self.gradient)


def six_parameters(network: Network, inputs: Floats, labels: NDArray[np.intp]) -> list[Row]:
    """Return the table, in the paper's order.

    network is a stack of one in float64, inputs (1, features, examples), labels (examples,). Both
    columns are linear in the loss, so the loss averaged over the examples gives the averages. The
    paper does not say which parameters it took. Here they belong to the two hidden units whose
    biases have the steepest gradients, because a unit may be dead, and to the two pixels that are
    brightest on average, because the corners are always dark. With several hidden layers, "hidden
    bias" is in the last and "input to hidden" in the first.
    """
    found = gradients(network, inputs, labels)
    last = len(found) - 2
    features, hidden = inputs.shape[1], network.linears[-1].weight.shape[2]
    pixel_1, pixel_2 = _two_largest(inputs[0].mean(axis=1))
    first_1, first_2 = _two_largest(np.abs(found[1]).ravel())
    last_1, last_2 = _two_largest(np.abs(found[last - 1]).ravel())
    named = [
        ("output bias", last + 1, 0),
        ("hidden bias", last - 1, last_1),
        ("hidden to output weight 1", last, last_1),
        ("input to hidden weight 1", 0, first_1 * features + pixel_1),
        ("hidden to output weight 2", last, hidden + last_2),
        ("input to hidden weight 2", 0, first_2 * features + pixel_2),
    ]
    return [
        Row(
            name,
            float(differences(network, inputs, labels, index, [element], EPSILON)[0]),
            float(found[index].flat[element]),
        )
        for name, index, element in named
    ]


def _two_largest(values: Floats) -> tuple[int, int]:
    """Return where the two largest of some values are; one value counts twice."""
    order = np.argsort(-values, kind="stable")
    return int(order[0]), int(order[min(1, len(order) - 1)])
