"""Wide products have the bits of single ones, whatever the shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import products
from mlp.arrays import Floats


@settings(deadline=None)
@given(
    members=st.integers(1, 9),
    rows=st.integers(1, 60),
    inner=st.integers(1, 200),
    columns=st.integers(1, 140),
    dtype=st.sampled_from(["float32", "float64"]),
    row_major=st.booleans(),
)
def test_each_member_gets_the_bits_that_it_would_have_alone(
    members: int, rows: int, inner: int, columns: int, dtype: str, *, row_major: bool
) -> None:
    random = np.random.default_rng(members + rows + inner + columns)
    left = random.normal(size=(members, rows, inner)).astype(dtype)
    right = random.normal(size=(inner, columns) if row_major else (columns, inner)).astype(dtype)
    right = right if row_major else right.T
    out = np.empty((members, rows, columns), dtype)
    with products.one_thread():
        products.multiply(left, right[np.newaxis], out)
        for member in range(members):
            alone = np.empty((1, rows, columns), dtype)
            products.multiply(left[member : member + 1].copy(), right[np.newaxis], alone)
            np.testing.assert_array_equal(out[member], alone[0])
    np.testing.assert_allclose(out, left @ right, rtol=1e-3, atol=1e-3)


def test_a_shape_that_rounds_otherwise_is_not_multiplied_wide(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A library whose wide product differs in the last bit is found out by the probe."""
    matmul = np.matmul

    def rounds_by_shape(left: Floats, right: Floats, out: Floats | None = None) -> Floats:
        found: Floats = matmul(left, right) * (1 + 1e-7 * (left.ndim == 2))
        if out is None:
            return found
        np.copyto(out, found)
        return out

    products.is_wide.cache_clear()
    monkeypatch.setattr(np, "matmul", rounds_by_shape)
    left, right = np.ones((3, 4, 5)), np.ones((1, 5, 6))
    out = np.empty((3, 4, 6))
    products.multiply(left, right, out)
    products.is_wide.cache_clear()
    np.testing.assert_array_equal(out, 5.0)


def test_first_layers_of_usual_shape_are_multiplied_wide() -> None:
    """Nothing here is said about the bits: that the speed is there, at least with OpenBLAS."""
    with products.one_thread():
        exact = products.is_wide(8, 50, 784, 128, np.dtype("float32"), row_major=False)
    if not exact:
        pytest.skip("this machine's BLAS kernel rounds the wide product otherwise")
