"""A timed training has the bits of a plain one, and its parts are all of its time."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mlp import timing
from mlp.config import Config, Data
from mlp.datasets import Dataset
from mlp.peak import peak
from mlp.size import training_flop
from mlp.timing import TimedTraining
from mlp.trainer import Training

BASE = Config(hidden_units=[8], batch_size=16, epochs=3, data=Data(validation=0.25))
CONFIGS = [
    replace(BASE, activation=activation, epochs=epochs)
    for epochs, activation in enumerate(("tanh", "relu", "sigmoid"), 2)
]


def test_the_clocks_change_no_bit_also_when_members_leave(made: Callable[..., Dataset]) -> None:
    timed, plain = TimedTraining(CONFIGS, made()), Training(CONFIGS, made())
    assert list(timed.epochs()) == list(plain.epochs())
    for member in range(len(CONFIGS)):
        ours, its = timed.result(member), plain.result(member)
        assert ours.test_loss == its.test_loss
        assert ours.weights["weight_1"].tobytes() == its.weights["weight_1"].tobytes()


def test_its_parts_are_all_of_the_time_that_it_takes(made: Callable[..., Dataset]) -> None:
    training = TimedTraining(CONFIGS, made(2000, 200, 5))
    taken = 0.0
    reports = training.epochs()
    while True:
        began = time.perf_counter()
        ended = next(reports, None) is None
        taken += time.perf_counter() - began
        if ended:
            break
    began = time.perf_counter()
    training.result(0)
    taken += time.perf_counter() - began
    assert set(training.seconds) == {"gather", "products", "elementwise", "evaluation"}
    assert all(seconds > 0 for seconds in training.seconds.values())
    assert sum(training.seconds.values()) == pytest.approx(taken, rel=0.05)


def test_operations_are_those_of_training_validation_and_test(made: Callable[..., Dataset]) -> None:
    dataset = made(60, 20, 3)
    training = TimedTraining([replace(BASE, epochs=2, early_stopping=BASE.early_stopping)], dataset)
    for _ in training.epochs():
        pass
    result = training.result(0)
    weights = 20 * 8 + 8 * 3
    evaluated = 2 * 15 + len(dataset.test_labels)
    expected = training_flop(result.weights, training.examples, 2) + 2 * weights * evaluated
    assert training.operations == expected


def test_products_that_are_not_made_at_once_are_told(
    made: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> bool:
        return False

    monkeypatch.setattr(timing, "is_wide", never)
    together, alone = TimedTraining(CONFIGS, made()), TimedTraining(CONFIGS[:1], made())
    assert len(together.narrow) == 5  # two batch sizes there and back, and evaluation
    assert "rounds otherwise" in together.narrow[0]
    assert alone.narrow == []


def test_a_plain_training_asks_no_clock(
    made: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden() -> float:
        raise AssertionError

    for clock in ("time", "perf_counter", "monotonic", "process_time"):
        monkeypatch.setattr(time, clock, forbidden)
    assert len(list(Training(CONFIGS, made()).epochs())) == 4
    with pytest.raises(AssertionError):
        next(TimedTraining(CONFIGS, made()).epochs())


def test_the_peak_is_measured_once_and_soon() -> None:
    began = time.perf_counter()
    assert peak("float32") > 1e8
    assert time.perf_counter() - began < 30
    assert peak("float32") == peak("float32")
