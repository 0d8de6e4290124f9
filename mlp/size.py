"""How large a network is and what training it costs, counted rather than timed."""

from collections.abc import Mapping
from itertools import pairwise

from mlp.arrays import Floats
from mlp.config import Config


def parameters(weights: Mapping[str, Floats]) -> int:
    """Count the weights and biases among what a result keeps: weight_1, bias_1, ..."""
    return sum(array.size for name, array in weights.items() if name.startswith(_LEARNT))


def training_flop(weights: Mapping[str, Floats], examples: int, epochs: int) -> float:
    """Count the floating-point operations of the matrix products of `epochs` over `examples`.

    Two (multiply, add) for each weight and example in the forward pass, in the gradient of the
    weights and in that of a layer's inputs, which the first layer doesn't need. Biases,
    activations, the update and validation, together a few percent, are not counted.
    """
    layers = [array.size for name, array in weights.items() if name.startswith("weight")]
    first = weights["weight_1"].size
    return 2.0 * (3 * sum(layers) - first) * examples * epochs


def training_memory(config: Config, features: int = 784, classes: int = 10) -> int:
    """Bound the bytes that one more run adds to a stack in training.

    Weights, velocities, gradients, the best weights, and a copy of all but the gradients when it
    leaves; and of each layer's outputs and classes four arrays as long as a batch, of training or
    of evaluation. As the plan is made before the data is read, its shape is Fashion-MNIST's.
    """
    widths = [features, *config.hidden_units, classes]
    learnt = sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))
    outputs = sum(widths[1:]) * max(config.batch_size, _EVALUATED_AT_ONCE)
    return (7 * learnt + 4 * outputs) * (4 if config.precision == "float32" else 8)


_EVALUATED_AT_ONCE = 500
_LEARNT = ("weight", "bias")
