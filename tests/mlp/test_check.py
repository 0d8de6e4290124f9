"""A command line is refused with everything that is wrong with it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp.check import check
from mlp.compose import CONF

GOOD = [
    "activation=tanh",
    "activation=tanh,sigmoid,relu",
    "learning_rate=0.02,0.05",
    "hidden_units=[300,100]",
    "hidden_units=[50],[100,100]",
    "seed=range(0,5)",
    "seeds.split=3",
    "momentum.coefficient=0.5",
    "early_stopping=none",
    "early_stopping.patience=null",
    "data.limit=512",
    "data.source=[cache,debian]",
    "data.source=/somewhere",
    "sweep.name=mine",
    "sweep.workers=2",
    "tracking.experiment=mine",
    "+experiment=activation",
    "hydra.sweep.dir=elsewhere",
    "l2=${learning_rate}",
    "test=false",
]
BAD = [
    ("activation=softplus", "activation is one of elu, gelu, leaky_relu, relu, sigmoid, tanh"),
    ("activation=tanh,softplus", "activation=softplus is not allowed"),
    ("architecture=h51", "architecture is one of h100, h25, h47x47, h50"),
    ("learning_rate=-1", "learning_rate is a finite number above 0"),
    ("learning_rate=0.1,0", "learning_rate=0"),
    ("batch_size=many", "batch_size=many is not allowed"),
    ("epochs=1.5", "epochs=1.5 is not allowed"),
    ("hidden_units=[10,0]", "each 1 or more"),
    ("seeds.shuffle=-3", "seeds.shuffle=-3 is not allowed"),
    ("learning_rat=0.1", "did you mean learning_rate?"),
    ("momentum.coeficient=0.1", "did you mean momentum.coefficient?"),
    ("zzzz=1", "--help lists them"),
    ("epochs=[", "can't be read as KEY=VALUE"),
]


@pytest.mark.parametrize("override", GOOD)
def test_what_can_be_run_is_let_through(override: str) -> None:
    assert check([override], [CONF]) == []


@pytest.mark.parametrize(("override", "told"), BAD)
def test_what_cannot_is_refused_in_one_sentence(override: str, told: str) -> None:
    (sentence,) = check([override], [CONF])
    assert told in sentence
    assert "\n" not in sentence


@given(st.lists(st.sampled_from(BAD), unique=True), st.lists(st.sampled_from(GOOD), unique=True))
def test_everything_wrong_is_told_and_nothing_else(
    bad: list[tuple[str, str]], good: list[str]
) -> None:
    told = check([*good, *(override for override, _ in bad)], [CONF])
    for _, part in bad:
        assert any(part in sentence for sentence in told)
    for sentence in told:
        assert any(part in sentence for _, part in bad)


def test_the_same_fault_twice_is_told_once() -> None:
    assert len(check(["epochs=0", "epochs=0"], [CONF])) == 1


def test_each_bad_value_of_a_sweep_is_told() -> None:
    assert len(check(["batch_size=0,-1,128"], [CONF])) == 2


def test_an_option_of_ones_own_folder_is_known(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").touch()
    assert check(["+experiment=mine"], [CONF, tmp_path]) == []
    (sentence,) = check(["+experiment=yours"], [CONF, tmp_path])
    assert "mine" in sentence
