"""How the weights of a layer are drawn before the first step. Biases start at zero."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mlp.generators import Purpose, generator

Draw = Callable[[np.random.Generator, int, int], NDArray[np.float64]]


def glorot(generator: np.random.Generator, outputs: int, inputs: int) -> NDArray[np.float64]:
    """Uniform within sqrt(6 / (inputs + outputs)): variance 2 / (inputs + outputs).

    Glorot and Bengio 2010, equation 16; made for tanh.
    """
    limit = np.sqrt(6 / (inputs + outputs))
    return generator.uniform(-limit, limit, (outputs, inputs))


def he(generator: np.random.Generator, outputs: int, inputs: int) -> NDArray[np.float64]:
    """Normal with variance 2 / inputs. He et al. 2015, equation 10; made for ReLU."""
    return generator.normal(0, np.sqrt(2 / inputs), (outputs, inputs))


def lecun(generator: np.random.Generator, outputs: int, inputs: int) -> NDArray[np.float64]:
    """Normal with variance 1 / inputs. LeCun et al. 1998, "Efficient BackProp", equation 16."""
    return generator.normal(0, np.sqrt(1 / inputs), (outputs, inputs))


def unit_normal(generator: np.random.Generator, outputs: int, inputs: int) -> NDArray[np.float64]:
    """Normal with variance 1, whatever the width: what student code of 2019 did."""
    return generator.standard_normal((outputs, inputs))


def small_normal(generator: np.random.Generator, outputs: int, inputs: int) -> NDArray[np.float64]:
    """Normal with standard deviation 0.01, whatever the width."""
    return generator.normal(0, 0.01, (outputs, inputs))


BY_NAME: dict[str, Draw] = {
    "glorot": glorot,
    "he": he,
    "lecun": lecun,
    "unit_normal": unit_normal,
    "small_normal": small_normal,
}


def initial_weights(
    name: str, seed: int, widths: list[int], dtype: DTypeLike
) -> list[NDArray[np.floating[Any]]]:
    """Return one weight matrix (out, in) for each neighbouring pair of `widths`.

    Layer n depends on the seed, on n and on its own shape only, so that a network and a deeper
    one share what they have in common. Drawn in float64 and rounded, so that the precisions
    start from the same network.
    """
    pairs = zip(widths[1:], widths[:-1], strict=True)
    return [
        BY_NAME[name](generator(seed, Purpose.INITIALIZATION, layer), outputs, inputs).astype(dtype)
        for layer, (outputs, inputs) in enumerate(pairs, start=1)
    ]
