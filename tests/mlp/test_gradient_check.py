"""The gradient check: it passes right gradients, and finds wrong ones."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlp.activations import ReLU, Tanh
from mlp.arrays import Floats
from mlp.config import ACTIVATIONS, Config, Data
from mlp.datasets import Dataset
from mlp.gradient_check import __main__ as command
from mlp.gradient_check import every_parameter, prepared, six_parameters


def config(activation: str, hidden_units: list[int]) -> Config:
    return Config(activation=activation, hidden_units=hidden_units, data=Data(validation=0.25))


@pytest.mark.parametrize("hidden_units", [[6], [5, 4, 3]])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_gradient_agrees(
    activation: str, hidden_units: list[int], made: Callable[..., Dataset]
) -> None:
    network, inputs, labels = prepared(config(activation, hidden_units), made())
    assert sorted(labels) == [0, 1, 2, 3]
    layers = list(every_parameter(network, inputs, labels))
    assert sum(layer.parameters for layer in layers) == sum(
        array.size for array in network.parameters
    )
    assert max(layer.max_relative_error for layer in layers) < 1e-4


def test_a_wrong_derivative_is_found(
    made: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgets_the_square(self: Tanh, gradient: Floats) -> None:
        np.multiply(gradient, 1 - self._y, out=gradient)

    monkeypatch.setattr(Tanh, "backward", forgets_the_square)
    network, inputs, labels = prepared(config("tanh", [6]), made())
    errors = {
        layer.name: layer.max_relative_error for layer in every_parameter(network, inputs, labels)
    }
    assert errors["weight_1"] > 0.1
    assert errors["weight_2"] < 1e-4


def test_the_paper_table_agrees_to_the_square_of_its_step(
    made: Callable[..., Dataset],
) -> None:
    network, inputs, labels = prepared(config("tanh", [6]), made())
    rows = six_parameters(network, inputs, labels)
    assert [row.parameter for row in rows] == [
        "output bias",
        "hidden bias",
        "hidden to output weight 1",
        "input to hidden weight 1",
        "hidden to output weight 2",
        "input to hidden weight 2",
    ]
    assert all(row.difference < 1e-4 for row in rows)
    assert all(row.gradient != 0 for row in rows)


@pytest.mark.parametrize("broken", [False, True])
def test_the_command_saves_its_tables_and_fails_on_a_wrong_gradient(
    *,
    broken: bool,
    made: Callable[..., Dataset],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if broken:
        monkeypatch.setattr(ReLU, "backward", lambda self, gradient: None)
    monkeypatch.setattr(command, "load", lambda data: made())
    monkeypatch.setattr(command, "compose", lambda overrides: config("relu", [6]))
    monkeypatch.chdir(tmp_path)
    assert command.main([]) == (1 if broken else 0)
    assert ("Gradients differ" if broken else "All gradients agree") in capsys.readouterr().out
    with (tmp_path / "gradient_check.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 6
    assert float(table[0]["difference"]) < 1e-3
    assert "| weight_1 | 72 |" in (tmp_path / "gradient_check.md").read_text("utf-8")
