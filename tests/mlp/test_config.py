"""Bad values are refused in a sentence, and conf/ says the same as the typed defaults."""

import copy
from dataclasses import asdict
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from mlp import config
from mlp.compose import CONF
from mlp.config import Config, faults, from_settings

NOT_A_NAME = "nothing_of_the_kind"
BAD: list[tuple[str, Any, str]] = [
    ("activation", NOT_A_NAME, "tanh"),
    ("hidden_units", [], "each 1 or more"),
    ("hidden_units", [50, 0], "each 1 or more"),
    ("learning_rate", 0.0, "above 0"),
    ("learning_rate", -0.1, "above 0"),
    ("learning_rate", float("nan"), "finite"),
    ("learning_rate", float("inf"), "finite"),
    ("l2", -1e-9, "at least 0"),
    ("batch_size", 0, "at least 1"),
    ("epochs", 0, "at least 1"),
    ("momentum.kind", NOT_A_NAME, "damped"),
    ("momentum.coefficient", 1.0, "below 1"),
    ("momentum.coefficient", -0.1, "at least 0"),
    ("schedule", NOT_A_NAME, "cosine"),
    ("warmup_epochs", -1, "at least 0"),
    ("step_epochs", 0, "at least 1"),
    ("step_factor", 0.0, "above 0"),
    ("early_stopping.patience", 0, "at least 1"),
    ("early_stopping.min_delta", -0.1, "at least 0"),
    ("initialization", NOT_A_NAME, "glorot"),
    ("normalization", NOT_A_NAME, "per_pixel"),
    ("gradient", NOT_A_NAME, "sum"),
    ("objective", NOT_A_NAME, "validation_accuracy"),
    ("precision", "float16", "float64"),
    ("seed", -1, "at least 0"),
    ("seeds.split", -1, "at least 0"),
    ("seeds.initialization", -1, "at least 0"),
    ("seeds.shuffle", -1, "at least 0"),
    ("data.name", NOT_A_NAME, "fashion_mnist"),
    ("data.validation", 0.0, "above 0"),
    ("data.limit", 1, "at least 2"),
]


def _with(settings: list[tuple[str, Any]]) -> Config:
    made = copy.deepcopy(Config())
    for dotted, value in settings:
        *above, last = dotted.split(".")
        section: Any = made
        for name in above:
            section = getattr(section, name)
        setattr(section, last, value)
    return made


def test_the_defaults_have_no_fault() -> None:
    assert faults(Config()) == []


@pytest.mark.parametrize(("key", "value", "allowed"), BAD)
def test_a_bad_value_is_one_sentence_with_key_value_and_what_is_allowed(
    key: str, value: Any, allowed: str
) -> None:
    (sentence,) = faults(_with([(key, value)]))
    assert sentence.startswith(f"{key}={value} is not allowed: {key} is ")
    assert allowed in sentence


def test_data_of_ones_own_needs_a_path() -> None:
    (sentence,) = faults(_with([("data.name", "npz")]))
    assert sentence.startswith("data.path=None is not allowed")


@given(st.lists(st.sampled_from(BAD), unique_by=lambda bad: bad[0]))
def test_all_faults_are_told_at_once(bad: list[tuple[str, Any, str]]) -> None:
    told = faults(_with([(key, value) for key, value, _ in bad]))
    for key, value, _ in bad:
        assert any(sentence.startswith(f"{key}={value} ") for sentence in told)


def test_conf_and_the_typed_defaults_are_the_same() -> None:
    with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
        composed = OmegaConf.to_container(compose("config"), resolve=True)
    assert isinstance(composed, dict)
    assert asdict(from_settings({str(k): v for k, v in composed.items()})) == asdict(Config())


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("activation", config.ACTIVATIONS),
        ("initialization", config.INITIALIZATIONS),
        ("normalization", config.NORMALIZATIONS),
        ("momentum", config.MOMENTUM_KINDS),
        ("schedule", config.SCHEDULES),
        ("gradient", config.GRADIENTS),
        ("objective", config.OBJECTIVES),
        ("data", config.DATASETS),
    ],
)
def test_every_allowed_name_has_a_file_and_every_file_is_an_allowed_name(
    group: str, names: tuple[str, ...]
) -> None:
    assert sorted(path.stem for path in (CONF / group).glob("*.yaml")) == sorted(names)
