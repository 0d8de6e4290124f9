"""A run's bits are its own: whoever it is stacked with, on however many workers and threads."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlp.config import ACTIVATIONS, MOMENTUM_KINDS, Config, Data, EarlyStopping, Momentum, Seeds

BASE = Config(data=Data(validation=0.25), epochs=4)
MOST_RUNS = 9
runs = st.builds(
    replace,
    st.just(BASE),
    activation=st.sampled_from(ACTIVATIONS),
    learning_rate=st.sampled_from([0.01, 0.3, 1e30]),
    l2=st.sampled_from([0.0, 0.01]),
    epochs=st.integers(2, 5),
    momentum=st.builds(Momentum, st.sampled_from(MOMENTUM_KINDS), st.just(0.9)),
    early_stopping=st.builds(EarlyStopping, st.none() | st.just(1)),
    seeds=st.builds(Seeds, initialization=st.integers(0, 3)),
)
# On which of up to four workers each run is, one stack each.
places = st.lists(st.integers(0, 3), min_size=MOST_RUNS, max_size=MOST_RUNS)


class Trainer:
    """A process of its own number of BLAS threads that trains what it is told."""

    def __init__(self, threads: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("packed.py"))],
            env=os.environ | {"OPENBLAS_NUM_THREADS": str(threads)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def bits(self, case: dict[str, Any]) -> list[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()
        found: list[str] = json.loads(self._process.stdout.readline())
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def trainers() -> Iterator[tuple[Trainer, Trainer]]:
    with Trainer(1) as one, Trainer(2) as two:
        yield one, two


def stacks(places: Sequence[int], count: int) -> list[list[int]]:
    found = [[run for run in range(count) if places[run] == place] for place in set(places[:count])]
    return [stack for stack in found if stack]


@example(  # two threads have other bits in this one
    configs=[BASE, BASE, replace(BASE, activation="relu")],
    batch_size=45,
    hidden_units=[50],
    inputs=784,
    before=[0, 1, 0, *([0] * (MOST_RUNS - 3))],
    after=[0] * MOST_RUNS,
    cut=2,
)
@settings(max_examples=60, deadline=None)
@given(
    configs=st.lists(runs, min_size=2, max_size=MOST_RUNS),
    batch_size=st.sampled_from([1, 11, 16, 22, 44, 45]),
    hidden_units=st.sampled_from([[3], [16], [50], [20, 5]]),
    inputs=st.sampled_from([7, 64, 784]),
    before=places,
    after=places,
    cut=st.integers(1, 4),
)
def test_bits_depend_on_no_packing_no_repacking_and_no_thread(
    trainers: tuple[Trainer, Trainer],
    configs: list[Config],
    batch_size: int,
    hidden_units: list[int],
    inputs: int,
    before: list[int],
    after: list[int],
    cut: int,
) -> None:
    """45 training examples: of batches of 11, 22 and 44 the last has one."""
    count = len(configs)
    alone = [[run] for run in range(count)]
    case = {
        "settings": [
            asdict(replace(one, batch_size=batch_size, hidden_units=hidden_units))
            for one in configs
        ],
        "inputs": inputs,
        "cut": None,
        "stacks": alone,
        "anew": [],
    }
    one, two = trainers
    expected = one.bits(case)
    packed = {**case, "stacks": stacks(before, count), "anew": stacks(after, count), "cut": cut}
    assert two.bits(packed) == expected
    assert one.bits(packed) == expected
