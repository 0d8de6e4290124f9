"""How large a network is and what training it costs, counted rather than timed."""

from collections.abc import Mapping

from mlp.arrays import Floats


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


_LEARNT = ("weight", "bias")
