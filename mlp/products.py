"""Matrix products of stacks: one wide product where that changes no bit, one a member elsewhere.

A BLAS library picks its kernel, and with it the order in which a dot product is summed, by the
shape of the matrices. So the first layer of K networks as one product (K*out, in) @ (in, batch) can
round differently from the K separate products, and a run would depend on its neighbours. Whether
it does is found out by trying, once in a process for each shape. NumPy's product of
3-D arrays does one BLAS call a member, which is what a network alone does.
"""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from mlp.arrays import Floats

# Sums of another order differ in about one element of three, so this many can't agree by luck.
_PROBED_ELEMENTS = 4096


def multiply(left: Floats, right: Floats, out: Floats) -> None:
    """Write left @ right to `out`, each member with the bits that it would have alone.

    left (K, rows, inner) and out (K, rows, columns) are C-contiguous if right is shared:
    right is (K, inner, columns), or (1, inner, columns) for all members.
    """
    members, rows, inner = left.shape
    columns = right.shape[-1]
    if (
        members > 1
        and right.shape[0] == 1
        and is_wide(
            members, rows, inner, columns, left.dtype, row_major=right[0].flags.c_contiguous
        )
    ):
        np.matmul(
            left.reshape(members * rows, inner),
            right[0],
            out=out.reshape(members * rows, columns),
        )
    else:
        np.matmul(left, right, out=out)


def one_thread() -> AbstractContextManager[Any]:
    """Hold BLAS to one thread: two sum in another order than one, and give other bits."""
    limit: AbstractContextManager[Any] = _threadpools().limit(limits=1, user_api="blas")
    return limit


@cache
def _threadpools() -> ThreadpoolController:
    return ThreadpoolController()


@cache
def is_wide(
    members: int, rows: int, inner: int, columns: int, dtype: np.dtype[Any], *, row_major: bool
) -> bool:
    """Try whether the wide product of this shape and layout has the bits of the single ones."""
    generator = np.random.default_rng(0)

    def draw(*shape: int) -> NDArray[Any]:
        # Uniform ones come several times as fast as normal ones, and round as much.
        drawn: NDArray[Any] = generator.random(shape, dtype)
        drawn -= 0.5
        return drawn

    for _ in range(1 + _PROBED_ELEMENTS // (members * rows * columns)):
        left = draw(members, rows, inner)
        right = draw(inner, columns) if row_major else draw(columns, inner).T
        wide = np.matmul(left.reshape(members * rows, inner), right)
        single = np.matmul(left, right[np.newaxis])
        if not np.array_equal(wide.reshape(single.shape), single):
            return False
    return True
