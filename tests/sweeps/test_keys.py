"""Whatever a task calls things, MLflow takes it, in requests that it takes."""

import json

from hypothesis import given
from hypothesis import strategies as st
from mlflow.utils.validation import _validate_metric_name, _validate_param_name

from sweeps.keys import MAXIMUM_KEY, MAXIMUM_PARAM, batches, valid_key

PLAIN = st.text("abcXYZ019_.- :", min_size=1, max_size=20).filter(lambda s: s.strip(". "))


@given(st.text(min_size=1, max_size=400))
def test_mlflow_takes_every_key(name: str) -> None:
    key = valid_key(name)
    _validate_metric_name(key)
    _validate_param_name(key)
    assert 0 < len(key) <= MAXIMUM_KEY


@given(st.text("abcdefXYZ0189_-", min_size=1, max_size=250))
def test_a_key_that_mlflow_takes_stays_as_it_is(name: str) -> None:
    assert valid_key(name) == name


def test_usual_keys_stay_and_others_are_recognisable() -> None:
    for name in ("seeds.split", "val/loss", "train loss", "top-5", "a:b", "best_epoch"):
        assert valid_key(name) == name
    assert valid_key("acc@5") == "acc_5"
    assert valid_key("loss(train)") == "loss_train_"
    assert valid_key("db@backup") == "db_backup"
    assert valid_key("../secret") == "__secret"


@given(
    st.dictionaries(st.text(max_size=20), st.text(max_size=MAXIMUM_PARAM), max_size=30),
    st.integers(1, 10),
)
def test_batches_hold_every_pair_once_within_the_limits(pairs: dict[str, str], count: int) -> None:
    made = list(batches(pairs, count))
    assert [pair for batch in made for pair in batch] == list(pairs.items())
    assert all(0 < len(batch) <= count for batch in made)


def test_batches_stay_below_a_megabyte() -> None:
    pairs = {f"key{number}": "\N{SNOWMAN}" * MAXIMUM_PARAM for number in range(100)}
    made = list(batches(pairs, 100))
    assert len(made) > 1
    for batch in made:
        assert len(json.dumps([{"key": k, "value": v} for k, v in batch])) < 1_000_000
