"""Each activation's derivative against differences, its values against SciPy's and PyTorch's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special  # type: ignore[import-untyped]

from mlp.activations import BY_NAME
from mlp.config import ACTIVATIONS

NAMES = sorted(BY_NAME)
REFERENCES = {
    "tanh": np.tanh,
    "sigmoid": special.expit,
    "relu": lambda z: np.where(z > 0, z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "gelu": lambda z: z * special.ndtr(z),
}


def value(name: str, z: NDArray[np.float64]) -> NDArray[np.float64]:
    y = z.copy()
    BY_NAME[name](z.shape[0], z.shape[1], z.dtype).forward(y)
    return y


def test_every_configurable_activation_is_there() -> None:
    assert set(BY_NAME) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", NAMES)
@given(
    members=st.integers(1, 4),
    features=st.integers(1, 5),
    batch=st.integers(1, 9),
    seed=st.integers(0, 1000),
)
def test_derivative_is_the_central_difference(
    name: str, members: int, features: int, batch: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    z = random.normal(0, 2, (members, features, batch))
    z[np.abs(z) < 1e-3] = 0.5  # a difference across a kink is no derivative
    upstream = random.normal(size=z.shape)
    epsilon = 1e-5
    difference = (value(name, z + epsilon) - value(name, z - epsilon)) / (2 * epsilon)

    activation = BY_NAME[name](members, features, z.dtype)
    activation.forward(z)
    gradient = upstream.copy()
    activation.backward(gradient)

    np.testing.assert_allclose(gradient, upstream * difference, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_values_are_the_textbook_ones(name: str) -> None:
    z = np.linspace(-8, 8, 401).reshape(1, 1, -1)
    # The tanh form of GELU is within 0.0005 of the exact one.
    tolerance = 5e-4 if name == "gelu" else 1e-14
    np.testing.assert_allclose(value(name, z), REFERENCES[name](z), rtol=0, atol=tolerance)


def test_gelu_is_pytorchs_tanh_form() -> None:
    torch = pytest.importorskip("torch")
    z = np.linspace(-8, 8, 401).reshape(1, 1, -1)
    expected = torch.nn.functional.gelu(torch.from_numpy(z), approximate="tanh").numpy()
    np.testing.assert_allclose(value("gelu", z), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_extreme_inputs_give_the_limits_without_a_warning(name: str, dtype: str) -> None:
    z = np.array([[[-1000.0, -100.0, 0.0, 100.0, 1000.0]]], dtype)
    y = z.copy()
    activation = BY_NAME[name](1, 1, dtype)
    with np.errstate(all="raise", under="ignore"):
        activation.forward(y)
        outputs = y.copy()
        gradient = np.ones_like(y)
        activation.backward(gradient)
    np.testing.assert_allclose(outputs, REFERENCES[name](z), rtol=1e-6, atol=1e-37)
    assert np.isfinite(gradient).all()
    assert outputs.dtype == gradient.dtype == np.dtype(dtype)


def test_sigmoid_keeps_its_relative_accuracy_in_the_tail() -> None:
    z = np.linspace(-80, -1, 80, dtype="float32").reshape(1, 1, -1)
    np.testing.assert_allclose(value("sigmoid", z), special.expit(z), rtol=1e-6)
