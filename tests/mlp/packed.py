"""A process that trains runs in the stacks it is told of, and says what bits came out.

Reads a line of JSON for each case and answers with one: a digest for each run. BLAS reads its
number of threads from the environment when NumPy is imported, hence a process for each number.
"""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlp.config import Config, from_settings
from mlp.datasets import Dataset
from mlp.trainer import Training


def dataset(inputs: int) -> Dataset:
    """Make 60 images for training and validation and 20 for the test, which can be learnt."""
    random = np.random.default_rng(5)
    labels = random.integers(0, 4, 80).astype(np.uint8)
    images = random.integers(0, 100, (80, inputs), np.uint8)
    images += random.integers(0, 100, (4, inputs), np.uint8)[labels]
    return Dataset(images[:60], labels[:60], images[60:], labels[60:], tuple("0123"), "made")


class Run:
    """What is left of a run between two stacks, and what came of it so far."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.state: Mapping[str, Any] | None = None
        self.over = False
        self.reports: list[str] = []

    def digest(self) -> str:
        """Digest each number's bits, but of a nan only that it is one: its sign is no number's."""
        found = hashlib.sha256("\n".join(self.reports).encode())
        assert self.state is not None
        for name, value in sorted(self.state.items()):
            array = np.asarray(value)
            if array.dtype.kind == "f":
                array = np.where(np.isnan(array), np.abs(array), array)
            found.update(name.encode() + array.tobytes())
        return found.hexdigest()


def train(runs: Sequence[Run], data: Dataset, epochs: int | None) -> None:
    """Train a stack for so many epochs, or to its end."""
    training = Training([run.config for run in runs], data)
    for member, run in enumerate(runs):
        if run.state is not None:
            training.restore(member, run.state)
    for count, reports in enumerate(training.epochs(), 1):
        for report in reports:
            run = runs[report.member]
            figures = [value for key, value in vars(report).items() if key != "member"]
            run.reports.append(repr(figures))
            run.over = report.ended is not None
        if count == epochs:
            break
    for member, run in enumerate(runs):
        run.state = training.state(member)


def answer(case: Mapping[str, Any]) -> list[str]:
    """Train all runs: `stacks` has lists of their numbers, `anew` the stacks from `cut` on."""
    data = dataset(case["inputs"])
    runs = [Run(from_settings(settings)) for settings in case["settings"]]
    for stack in case["stacks"]:
        train([runs[number] for number in stack], data, case["cut"])
    for stack in case["anew"]:
        left = [runs[number] for number in stack if not runs[number].over]
        if left:
            train(left, data, None)
    return [run.digest() for run in runs]


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
