"""Which runs can share a stack."""

from dataclasses import replace

import pytest

from mlp.config import Config, Data, EarlyStopping, Momentum, Seeds
from mlp.stack import stack_key


@pytest.mark.parametrize(
    "other",
    [
        {"activation": "relu"},
        {"learning_rate": 1.0},
        {"l2": 0.1},
        {"epochs": 7},
        {"momentum": Momentum("damped", 0.5)},
        {"schedule": "cosine"},
        {"early_stopping": EarlyStopping(None)},
        {"initialization": "he"},
        {"gradient": "sum"},
        {"objective": "validation_accuracy"},
        {"test": False},
        {"seeds": Seeds(initialization=5)},
    ],
)
def test_settings_of_one_member_do_not_part_a_stack(other: dict[str, object]) -> None:
    assert stack_key(replace(Config(), **other)) == stack_key(Config())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "other",
    [
        {"hidden_units": [50, 50]},
        {"batch_size": 64},
        {"normalization": "none"},
        {"precision": "float64"},
        {"data": Data(limit=100)},
        {"data": Data(validation=0.5)},
        {"seeds": Seeds(split=1)},
        {"seeds": Seeds(shuffle=1)},
    ],
)
def test_what_the_members_share_parts_a_stack(other: dict[str, object]) -> None:
    assert stack_key(replace(Config(), **other)) != stack_key(Config())  # type: ignore[arg-type]
