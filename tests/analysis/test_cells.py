"""Which runs make a cell, and what is said of those that don't."""

from typing import Any

import pytest

from analysis.cells import Filled, Rules, fill, newest_code
from analysis.sections import Cell

TANH = Cell(name="tanh", where={"activation": "tanh"})
SELECT = {"learning_rate": 0.1, "data.limit": None}
SEEDS = (0, 1, 2)


def tanh(made: Any, seed: int, **more: Any) -> Any:
    params = {"activation": "tanh", "seed": seed, **more.pop("params", {})}
    return made.add(params, more.pop("accuracy", 0.8), **more)


def filled(made: Any, rules: Rules | None = None) -> Filled:
    return fill(made.all(), TANH, SELECT, SEEDS, rules or Rules())


def test_runs_are_chosen_by_what_their_params_mean(made: Any) -> None:
    own = [
        tanh(made, seed, params={"learning_rate": text})
        for seed, text in enumerate(("0.1", "1e-1", "0.10"))
    ]
    tanh(made, 0, params={"learning_rate": 0.2})
    made.add({"activation": "relu"}, 0.8)
    tanh(made, 1, params={"data.limit": 4000})
    found = filled(made)
    assert [run.run_id for run in found.used] == [run.run_id for run in own]
    assert (found.count, found.notes) == ("3", [])


def test_runs_of_other_seeds_do_not_count(made: Any) -> None:
    for seed in (0, 1, 2, 100, 101):
        tanh(made, seed)
    assert len(filled(made).runs) == 3


def test_what_is_missing_is_said(made: Any) -> None:
    tanh(made, 1)
    found = filled(made)
    assert found.missing == (0, 2)
    assert (found.count, found.notes) == ("1 of 3", ["2 missing"])


def test_runs_without_a_number_are_counted_by_their_state(made: Any) -> None:
    tanh(made, 0)
    tanh(
        made, 1, accuracy=None, state="failed", tags={"sweeps.reason": "diverged: the loss is nan"}
    )
    tanh(made, 2, accuracy=None, state="running")
    found = filled(made)
    assert (found.count, found.notes) == ("1 of 3", ["1 diverged", "1 running"])


def test_a_failure_that_was_made_good_is_forgotten(made: Any) -> None:
    for seed in SEEDS:
        tanh(made, seed)
    tanh(made, 1, accuracy=None, state="failed")
    assert filled(made).notes == []


def test_runs_of_one_identity_count_once(made: Any) -> None:
    for seed in SEEDS:
        tanh(made, seed)
    twin = tanh(made, 1, tags={"sweeps.identity": "identity-1"})
    found = filled(made)
    assert twin.run_id not in {run.run_id for run in found.used}
    assert (len(found.used), found.notes) == (3, [])


def test_a_run_trained_again_counts_once_and_is_told(made: Any) -> None:
    for seed in SEEDS:
        tanh(made, seed)
    tanh(made, 1, accuracy=0.9)
    found = filled(made)
    assert [run.metrics["test_accuracy"] for run in found.used] == [0.8] * 3
    assert found.notes == ["1 trained again, counted once"]


def test_a_cell_that_mixes_is_refused_unless_told(made: Any) -> None:
    for name in ("sweeps.code", "input.made", "version.blas"):
        made.runs.clear()
        for seed in SEEDS:
            tanh(made, seed, tags={name: f"other {seed == 1}"})
        found = filled(made)
        assert found.runs == ()
        assert found.count == "0 of 3"
        assert "refused, mixes" in found.notes[0]
        assert len(filled(made, Rules(allow_mixed=True)).runs) == 3


@pytest.mark.parametrize(
    ("tag", "values", "said"),
    [
        (
            "input.cifar_relabelled_in_2026",
            ("a1" * 32, "b2" * 32),
            "data cifar_relabelled_in_2026 a1a1a1a1 and cifar_relabelled_in_2026 b2b2b2b2",
        ),
        ("input.more", ("a1" * 32, "b2" * 32), "data more a1a1a1a1 and more b2b2b2b2"),
        ("input.more", ("0" * 64, "0" * 63 + "1"), f"data more {'0' * 64} and more {'0' * 63}1"),
        ("sweeps.code", ("0" * 12 + "a" * 52, "0" * 12 + "b" * 52), f"code {'0' * 12}a and"),
    ],
)
def test_what_differs_late_in_a_mark_is_a_difference(
    made: Any, tag: str, values: tuple[str, str], said: str
) -> None:
    for seed in SEEDS:
        tanh(made, seed, tags={"input.data": "c3" * 32, tag: values[seed == 1]})
    found = filled(made)
    assert found.refused
    assert found.mixes[0].startswith(said)
    assert "c3c3" not in found.mixes[0], "what is equal tells nothing apart"


def test_an_input_that_some_runs_lack_is_a_difference(made: Any) -> None:
    for seed in SEEDS:
        tanh(made, seed, tags={"input.more": "a1" * 32} if seed else {})
    assert filled(made).mixes == ("data more a1a1a1a1 and unknown",)


def test_settings_that_select_does_not_name_may_not_vary(made: Any) -> None:
    for seed in SEEDS:
        tanh(made, seed, params={"precision": "float64" if seed else "float32"})
    found = filled(made)
    assert found.refused
    assert found.mixes == ("precision float32 and float64",)


def test_repeats_do_not_mix_though_one_sweep_logged_which_option_it_chose(made: Any) -> None:
    for seed in SEEDS:
        chosen = {"reading": "mine"} if seed else {}
        tanh(made, seed, params=chosen, tags={"sweeps.repeat": "equal"})
    assert not filled(made).refused


def test_excluded_runs_leave(made: Any) -> None:
    for seed in SEEDS:
        tanh(made, seed, tags={"exclude": "the fan stood still"} if seed == 2 else {})
    assert filled(made).missing == (2,)


def test_a_cell_of_older_code_is_stale(made: Any) -> None:
    for seed in SEEDS:
        tanh(made, seed)
    made.add({"activation": "relu"}, 0.8, tags={"sweeps.code": "code-2"})
    newest = newest_code(made.all())
    assert newest == {"": "code-2"}
    found = filled(made, Rules(newest_code=newest))
    assert (found.stale, len(found.runs)) == (True, 3)
    assert found.notes == ["stale: made by older code"]


def test_code_of_another_task_makes_nothing_stale(made: Any) -> None:
    for seed in SEEDS:
        tanh(made, seed)
    made.add({"depth": 3}, 0.8, tags={"sweeps.code": "code-9", "sweeps.task": "other.py:main"})
    assert not filled(made, Rules(newest_code=newest_code(made.all()))).stale
