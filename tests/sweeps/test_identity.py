"""Identity both ways: what spells the same run is the same, and what differs, differs."""

import json
import math
import subprocess
import sys
from enum import Enum
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeps.identity import canonical, differences, identity, seed_free_key, sweep_key

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
CONFIGS = st.dictionaries(st.text(st.characters(exclude_characters=".")), VALUES, max_size=5)


class Colour(Enum):
    RED = "red"


def typed(value: Any) -> Any:
    """Tell values apart by type and sign, independently of how they are written."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    sign = math.copysign(1, value) if isinstance(value, float) else None
    return type(value), value, sign


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(item) for item in value] if isinstance(value, list) else value


def of(config: dict[str, Any], **changed: Any) -> str:
    terms: dict[str, Any] = {"task": "mlp", "inputs": {"train": "ab"}, "code": "c"}
    return identity(config, **(terms | changed))


@given(CONFIGS)
def test_order_and_a_trip_through_json_change_nothing(config: dict[str, Any]) -> None:
    assert of(reordered(config)) == of(config)
    assert of(json.loads(json.dumps(config))) == of(config)


@given(VALUES, VALUES)
def test_canonical_forms_are_equal_exactly_when_typed_values_are(a: Any, b: Any) -> None:
    assert (canonical(a) == canonical(b)) == (typed(a) == typed(b))


@given(CONFIGS, st.text(st.characters(exclude_characters="."), min_size=1), VALUES, VALUES)
def test_any_changed_key_changes_it(config: dict[str, Any], key: str, a: Any, b: Any) -> None:
    same = typed(a) == typed(b)
    assert (of({**config, key: a}) == of({**config, key: b})) == same
    config.pop(key, None)
    assert of({**config, key: a}) != of(config)


@given(CONFIGS, VALUES)
def test_what_does_not_count_changes_nothing(config: dict[str, Any], value: Any) -> None:
    config = {**config, "data": {"name": "x"}}
    config.pop("sweep", None)
    excluded = ["sweep", "data.source"]
    changed = {**config, "sweep": value, "data": {"name": "x", "source": value}}
    assert of(changed, excluded=excluded) == of(config, excluded=excluded)
    assert of({**config, "sweeper": value}, excluded=excluded) != of(config, excluded=excluded)


def test_task_inputs_and_code_count() -> None:
    assert len({of({}), of({}, task="x"), of({}, code="d"), of({}, inputs={"train": "ac"})}) == 4
    assert of({}, inputs={"a": "1", "b": "2"}) == of({}, inputs={"b": "2", "a": "1"})


def test_it_is_the_same_in_another_process() -> None:
    code = (
        "from sweeps.identity import identity\n"
        "c = {'b': {'y': 1.5, 'x': [1, 'é']}, 'a': None}\n"
        "print(identity(c, task='mlp', inputs={'train': 'ab'}, code='c'))"
    )
    environment = {"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == of({"a": None, "b": {"x": [1, "é"], "y": 1.5}})


def test_the_values_that_json_has_not() -> None:
    forms = [Colour.RED, "RED", "red", PurePosixPath("a/b"), "a/b", b"a", "61", "a"]
    forms += [math.inf, -math.inf, math.nan, 0.0, -0.0, 0, False, {1: 0}, {"1": 0}, {True: 0}]
    assert len({canonical(form) for form in forms}) == len(forms)
    assert canonical(PureWindowsPath("a\\b")) == canonical(PurePosixPath("a/b"))
    assert canonical(-math.nan) == canonical(math.nan)
    assert canonical((1, 2)) == canonical([1, 2])


@pytest.mark.parametrize("value", [np.float64(1.0), np.int64(1), np.zeros(2), {1}, object()])
def test_other_types_are_refused_by_key(value: object) -> None:
    with pytest.raises(TypeError, match=r"config\.layers\.1\.units"):
        of({"layers": [{}, {"units": value}]})


def test_repeats_share_the_seed_free_key() -> None:
    def key(config: dict[str, Any]) -> str:
        return seed_free_key(config, task="t", seed_keys=["seed", "seeds"], inputs={}, code="c")

    one = {"lr": 0.1, "seed": 1, "seeds": {"split": 1}}
    two = {"lr": 0.1, "seed": 2, "seeds": {"split": 5}}
    assert key(one) == key(two)
    assert key(one) != key({**one, "lr": 0.2})


def test_a_sweep_is_its_fixed_overrides_and_the_names_of_its_swept_keys() -> None:
    key = sweep_key("mlp", ["epochs=3", "l2=0"], ["lr", "seed"])
    assert key == sweep_key("mlp", ["l2=0", "epochs=3"], ["seed", "lr"])
    others = [
        sweep_key("mlp", ["epochs=4", "l2=0"], ["lr", "seed"]),
        sweep_key("mlp", ["epochs=3", "l2=0"], ["lr"]),
        sweep_key("mlp", ["epochs=3", "l2=0", "lr"], ["seed"]),
        sweep_key("cnn", ["epochs=3", "l2=0"], ["lr", "seed"]),
    ]
    assert len({key, *others}) == 5


def test_differences_are_named() -> None:
    left = {"config": {"lr": 0.1, "units": [50], "same": 1}, "code": "a", "versions": {}}
    right = {
        "config": {"lr": 0.2, "units": [50, 9], "same": 1},
        "code": "a",
        "versions": {"n": "2"},
    }
    assert [str(each) for each in differences(left, right)] == [
        "config.lr: 0.1 → 0.2",
        "config.units: [50] → [50,9]",
        "versions: {} → absent",
        'versions.n: absent → "2"',
    ]


@given(CONFIGS, CONFIGS)
def test_differences_are_none_exactly_for_equal_mappings(
    a: dict[str, Any], b: dict[str, Any]
) -> None:
    assert differences(a, reordered(a)) == []
    assert (differences({"c": a}, {"c": b}) == []) == (canonical(a) == canonical(b))
