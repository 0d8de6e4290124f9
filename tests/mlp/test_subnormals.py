"""Numbers under the smallest normal one count as zero while a network trains, and only then."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from mlp import subnormals
from mlp.arithmetic import arithmetic
from mlp.config import Config, Data, EarlyStopping, Momentum
from mlp.datasets import Dataset
from mlp.subnormals import flushed
from mlp.trainer import Training

pytestmark = pytest.mark.skipif(
    subnormals._library() is None, reason="this machine's subnormal numbers are left as they are"
)
# Before the first of them: it warns when it finds that there are none.
SMALLEST = {dtype: np.finfo(dtype).smallest_normal for dtype in ("float32", "float64")}


def halved(dtype: str) -> bool:
    """Whether half of the smallest normal number is there: as an operand, and as a result."""
    smallest = np.full(64, SMALLEST[dtype], dtype)
    half = np.empty_like(smallest)
    np.multiply(smallest, 0.5, out=half)
    there = np.multiply(half, np.array(2, dtype)).any()
    assert bool(half.any()) == bool(there)
    return bool(there)


@pytest.mark.parametrize("dtype", SMALLEST)
def test_they_are_zero_inside_and_as_before_outside(dtype: str) -> None:
    assert halved(dtype)
    with flushed():
        assert not halved(dtype)
        with flushed():
            assert not halved(dtype)
        assert not halved(dtype)
    assert halved(dtype)


def test_an_exception_leaves_all_as_it_was() -> None:
    with pytest.raises(ZeroDivisionError), arithmetic():
        _ = 1 / 0
    assert halved("float32")


def test_another_thread_is_left_alone() -> None:
    with ThreadPoolExecutor(1) as other:
        assert other.submit(halved, "float32").result()
        with flushed():
            assert other.submit(halved, "float32").result()


@pytest.mark.parametrize("momentum", ["classical", "none"])
def test_weights_that_only_decay_do_not_become_subnormal(
    made: Callable[..., Dataset], momentum: str
) -> None:
    """An input that is always 0: its weights shrink by a tenth a step, until that is no more."""
    dataset = made(64, 6, 3)
    images = dataset.train_images.copy()
    images[:, 0] = 0
    config = Config(
        hidden_units=[4],
        batch_size=8,
        epochs=200,
        learning_rate=0.1,
        l2=1.0,
        momentum=Momentum(momentum, 0.5),
        early_stopping=EarlyStopping(None),
        data=Data(validation=0.25),
    )
    training = Training([config], replace(dataset, train_images=images))
    for _ in training.epochs():
        pass
    sizes = np.abs(np.asarray(training.state(0)["weight_1"])[:, 0])
    assert (sizes < 1e-30).all()
    assert ((sizes == 0) | (sizes >= SMALLEST["float32"])).all()
