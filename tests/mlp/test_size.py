"""What is counted of a network, against sums done by hand."""

import numpy as np

from mlp.size import parameters, training_flop

# 784-50-10, and what else a result keeps.
WEIGHTS = {
    "weight_1": np.zeros((50, 784)),
    "bias_1": np.zeros(50),
    "weight_2": np.zeros((10, 50)),
    "bias_2": np.zeros(10),
    "input_shift": np.zeros(784),
    "input_scale": np.zeros(784),
}


def test_the_papers_network_has_39_760_parameters() -> None:
    assert parameters(WEIGHTS) == 39_760


def test_the_first_layer_takes_two_products_and_the_others_three() -> None:
    forward, backward = 39_200 + 500, 39_200 + 500 + 500
    assert training_flop(WEIGHTS, examples=7, epochs=3) == 2 * (forward + backward) * 7 * 3
