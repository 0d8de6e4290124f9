"""How near the training step comes to the processor's peak: alone, and in stacks of each width.

    python benchmarks/step.py
    OPENBLAS_CORETYPE=Haswell python benchmarks/step.py --widths 1 12   (AVX2 kernels)

Trains 784-50-10 networks, a third each of tanh, sigmoid and ReLU, half of them with L2, and prints
the throughput of whole steps and of validation as a fraction of that of one large product in the
same run; then where the time of a step goes. Medians of processor time on one core: a busy
neighbour costs cache, but no turns. The data are noise of Fashion-MNIST's size, made here.
"""
# ruff: noqa: SLF001 - a part of an epoch is timed, so from inside

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import numpy as np
from threadpoolctl import threadpool_info

from mlp.arithmetic import arithmetic
from mlp.config import Config, EarlyStopping
from mlp.datasets import Dataset
from mlp.trainer import Training

WIDTHS = (1, 2, 4, 8, 12, 16, 24, 32)
BATCHES = (128, 1024)
FEATURES, HIDDEN, CLASSES = 784, 50, 10
# Operations an image: forward; then the weights' gradients, and that of the hidden layer's outputs.
FORWARD = 2 * (FEATURES * HIDDEN + HIDDEN * CLASSES)
TRAINING = 2 * FORWARD + 2 * HIDDEN * CLASSES


def noise() -> Dataset:
    """Make as many images as Fashion-MNIST has, of classes that can be learnt."""
    random = np.random.default_rng(0)
    labels = random.integers(0, CLASSES, 60_000).astype(np.uint8)
    images = random.integers(0, 128, (60_000, FEATURES), np.uint8)
    images += random.integers(0, 128, (CLASSES, FEATURES), np.uint8)[labels]
    few = slice(1000)
    return Dataset(images, labels, images[few], labels[few], tuple("0123456789"), "noise")


def median(work: Callable[[], object], times: int) -> float:
    """Return the median of the processor seconds of some calls, after one that warms up."""
    work()
    seconds = []
    for _ in range(times):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return statistics.median(seconds)


def peak() -> float:
    """Return the operations a second of one large product."""
    size = 2048
    left, right, out = (np.ones((size, size), np.float32) for _ in range(3))
    return 2 * size**3 / median(lambda: np.matmul(left, right, out=out), 5)


class Stack:
    """A stack in its first epoch, trained a few thousand images at a time."""

    def __init__(self, width: int, batch: int, dataset: Dataset) -> None:
        self.width = width
        self.training = Training(
            [
                Config(
                    activation=("tanh", "sigmoid", "relu")[member % 3],
                    l2=(0.0, 1e-4)[member % 2],
                    batch_size=batch,
                    early_stopping=EarlyStopping(None),
                )
                for member in range(width)
            ],
            dataset,
        )
        self.training._optimizer.start(1)
        self.images = max(4096, 4 * batch)
        self._rows = np.random.default_rng(1).permutation(self.training._split.training)

    def train(self) -> None:
        """Take the steps of the next images."""
        for inputs, labels in self.training._batches.of(self._rows[: self.images]):
            self.training._step(inputs, labels)
        self._rows = np.roll(self._rows, -self.images)

    def validate(self) -> None:
        """Evaluate the validation part."""
        self.training._validation.means(self.training._network)

    def speeds(self, repetitions: int) -> tuple[float, float]:
        """Return the operations a second of training and of validation."""
        validated = len(self.training._split.validation)
        return (
            self.width * TRAINING * self.images / median(self.train, repetitions),
            self.width * FORWARD * validated / median(self.validate, 3),
        )

    @contextmanager
    def timed(self) -> Iterator[dict[str, float]]:
        """Meanwhile, add up the seconds of each part of a step."""
        training = self.training
        first, last = training._network.linears
        (hidden,) = training._network._hidden
        loss, tally = training._loss, training._tally
        parts: Sequence[tuple[str, Any, str]] = (
            ("first layer", first, "forward"),
            ("its gradients", first, "backward"),
            ("activations", hidden, "forward"),
            ("activations", hidden, "backward"),
            ("output layer", last, "forward"),
            ("output layer", last, "backward"),
            ("output layer", last, "input_gradient"),
            ("loss, hits", loss, "forward"),
            ("loss, hits", loss, "backward"),
            ("loss, hits", tally, "add"),
            ("update", training._optimizer, "step"),
        )
        spent: dict[str, float] = defaultdict(float)

        def clocked(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
            def around(*args: Any) -> Any:
                began = time.process_time()
                found = work(*args)
                spent[name] += time.process_time() - began
                return found

            return around

        with ExitStack() as patches:
            for name, noun, method in parts:
                work = clocked(name, getattr(noun, method))
                patches.enter_context(mock.patch.object(noun, method, work))
            yield spent

    def profile(self, repetitions: int) -> dict[str, float]:
        """Return the share of each part in a step's time."""
        self.train()
        with self.timed() as spent:
            began = time.process_time()
            for _ in range(repetitions):
                self.train()
            whole = time.process_time() - began
        spent["gather and loop"] = whole - sum(spent.values())
        return {name: seconds / whole for name, seconds in spent.items()}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS)
    parser.add_argument("--batches", type=int, nargs="+", default=BATCHES)
    parser.add_argument("--repetitions", type=int, default=9)
    told = parser.parse_args()
    dataset = noise()
    kernels = {f"{one['internal_api']} {one['version']} {one.get('architecture', '')}"
               for one in threadpool_info() if one["user_api"] == "blas"}  # fmt: skip
    profiles = {}
    with arithmetic():
        print(f"NumPy {np.__version__}, {', '.join(kernels)}, one thread")
        print(f"{'batch':>5} {'width':>5} {'GFLOP/s':>8} {'of peak':>8} {'validation':>10}  peak")
        for batch in told.batches:
            for width in told.widths:
                top = peak()
                stack = Stack(width, batch, dataset)
                step, validation = stack.speeds(told.repetitions)
                profiles[batch, width] = stack.profile(told.repetitions)
                print(
                    f"{batch:5} {width:5} {step / 1e9:8.0f} {step / top:8.0%}"
                    f" {validation / top:10.0%}  {top / 1e9:.0f}",
                    flush=True,
                )
    names = list(next(iter(profiles.values())))
    print("\nshare of a step's time, in %\nbatch width  " + "  ".join(names))
    for (batch, width), shares in profiles.items():
        cells = "  ".join(f"{100 * shares[name]:{len(name)}.0f}" for name in names)
        print(f"{batch:5} {width:5}  {cells}")


if __name__ == "__main__":
    main()
