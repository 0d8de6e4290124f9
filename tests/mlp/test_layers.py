"""The linear layer against differences, and stacks of unlike activations."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mlp.layers import ActivationLayer, Linear

sizes = st.integers(1, 6)


@given(members=sizes, outputs=sizes, inputs=sizes, batch=sizes, shared=st.booleans())
def test_linear_gradients_are_central_differences(
    members: int, outputs: int, inputs: int, batch: int, *, shared: bool
) -> None:
    random = np.random.default_rng(members + 7 * outputs + 49 * inputs + batch)
    weight = random.normal(size=(members, outputs, inputs))
    bias = random.normal(size=(members, outputs, 1))
    x = random.normal(size=(1 if shared else members, inputs, batch))
    upstream = random.normal(size=(members, outputs, batch))
    layer = Linear(weight.copy(), bias.copy())
    layer.forward(x)
    layer.backward(upstream)
    found = [layer.weight_gradient, layer.bias_gradient, layer.input_gradient(upstream)]

    full = np.broadcast_to(x, (members, inputs, batch))
    at = [weight, bias, full]
    epsilon = 1e-5
    for which, (array, gradient) in enumerate(zip(at, found, strict=True)):
        for place in np.ndindex(array.shape):

            def energy(step: float, which: int = which, place: tuple[int, ...] = place) -> float:
                moved = [part.copy() for part in at]
                moved[which][place] += step
                z = Linear(moved[0], moved[1]).forward(moved[2])
                return float((z * upstream).sum())

            difference = (energy(epsilon) - energy(-epsilon)) / (2 * epsilon)
            np.testing.assert_allclose(gradient[place], difference, rtol=1e-6, atol=1e-8)


def test_members_may_differ_in_their_activation() -> None:
    z = np.array([[[-1.0, 2.0]], [[-1.0, 2.0]], [[-1.0, 2.0]]])
    layer = ActivationLayer(["relu", "relu", "tanh"], 1, z.dtype)
    y = layer.forward(z.copy())
    np.testing.assert_allclose(y[:2], np.maximum(z[:2], 0))
    np.testing.assert_allclose(y[2], np.tanh(z[2]))
    gradient = layer.backward(np.ones_like(z))
    np.testing.assert_allclose(gradient[:2, 0], [[0, 1], [0, 1]])
    np.testing.assert_allclose(gradient[2], 1 - np.tanh(z[2]) ** 2)
