"""Which runs are one setting, and what a group of several is told to be."""

from typing import Any

import pytest

from analysis.cells import Rules
from analysis.groups import group

MIXED = Rules(allow_mixed=True)


@pytest.fixture
def reused(made: Any) -> Any:
    """Ten seeds of one setting, of which seven were trained where no choice was logged."""
    for seed in range(10):
        chosen = {"momentum": "damped"} if seed < 3 else {}
        kind = {"momentum.kind": "damped", "seed": seed, **chosen}
        made.add(kind, 0.8, tags={"sweeps.repeat": "one"})
    for seed in range(10):
        params = {"momentum": "none", "momentum.kind": "none", "seed": seed}
        made.add(params, 0.7, tags={"sweeps.repeat": "other"})
    return made


def test_repeats_are_one_setting_whatever_they_logged(reused: Any) -> None:
    found = group(list(reused.all()))
    assert found.params == ("momentum", "momentum.kind")
    assert [(*found.values(one), one.count) for one in found.filled] == [
        ("damped", "damped", "10"),
        ("none", "none", "10"),
    ]


def test_repeats_are_one_group_by_that_param_too(reused: Any) -> None:
    found = group(list(reused.all()), ["momentum"])
    assert [len(one.runs) for one in found.filled] == [10, 10]
    assert found.refusal == ""


def test_what_is_absent_is_a_dash_and_not_the_value_none(made: Any) -> None:
    for number, chosen in enumerate(({}, {"momentum": "none"}, {"momentum": "damped"})):
        params = {"momentum.kind": f"kind {number}", **chosen}
        made.add(params, 0.8, tags={"sweeps.repeat": f"{number}"})
    found = group(list(made.all()))
    at = found.params.index("momentum")
    assert {found.values(one)[at] for one in found.filled} == {"–", "none", "damped"}


def test_runs_without_the_tag_are_repeats_by_their_settings(activations: Any) -> None:
    found = group(list(activations.all()))
    assert [one.count for one in found.filled] == ["10", "10", "10"]


def test_repeats_of_two_names_have_both(made: Any) -> None:
    for seed, name in enumerate(("faithful", "plain")):
        made.add({"reading": name, "seed": seed}, 0.8, tags={"sweeps.repeat": "one"})
    made.add({"reading": "tuned", "seed": 0}, 0.8, tags={"sweeps.repeat": "other"})
    found = group(list(made.all()))
    assert {(*found.values(one), one.count) for one in found.filled} == {
        ("faithful or plain", "2"),
        ("tuned", "1"),
    }


def test_unlike_code_is_refused_in_one_setting(made: Any) -> None:
    for seed in range(2):
        tags = {"sweeps.code": f"code-{seed}", "sweeps.repeat": f"{seed}"}
        made.add({"seed": seed}, 0.8, tags=tags)
    (one,) = group(list(made.all())).filled
    assert one.refused
    assert one.mixes == ("code code-0 and code-1",)


def test_a_group_of_several_settings_counts_every_run_if_it_may(made: Any) -> None:
    for seed in range(3):
        for rate in (0.1, 0.3):
            made.add({"learning_rate": rate, "activation": "tanh", "seed": seed}, 0.8)
    runs = list(made.all())
    refused = group(runs, ["activation"])
    assert [one.runs for one in refused.filled] == [()]
    assert refused.filled[0].notes == ["refused, mixes learning_rate 0.1 and 0.3"]
    told = "1 of 1 groups are refused because they mix runs that differ in learning_rate"
    assert refused.refusal.startswith(told)
    (allowed,) = group(runs, ["activation"], MIXED).filled
    assert allowed.count == "6"
    assert allowed.repeated == 0


def test_lines_are_named_by_what_differs_among_them(made: Any) -> None:
    for name, rate, kind in (("tanh", 0.1, "a"), ("tanh", 0.3, "a"), ("relu", 0.1, "b")):
        made.add({"activation": name, "learning_rate": rate, "alias": kind}, 0.8)
    found = group(list(made.all()))
    assert found.aliases == {"alias": "activation"}
    tanh = [one for one in found.filled if one.cell.where["activation"] == "tanh"]
    assert [one.cell.name for one in found.apart(tanh)] == [
        "learning_rate 0.1",
        "learning_rate 0.3",
    ]
    assert len({one.cell.name for one in found.apart(found.filled)}) == 3


def test_what_a_setting_lacks_is_named_only_to_tell_it_apart(made: Any) -> None:
    for rate, chosen in ((0.1, {}), (0.3, {"reading": "a"}), (0.5, {"reading": "b"})):
        made.add({"learning_rate": rate, **chosen}, 0.8)
    found = group(list(made.all()))
    assert [one.cell.name for one in found.apart(found.filled)] == [
        "learning_rate 0.1",
        "learning_rate 0.3, a",
        "learning_rate 0.5, b",
    ]
    made.add({"learning_rate": 0.1, "reading": "a"}, 0.8)
    found = group(list(made.all()))
    alike = [one for one in found.filled if one.cell.where["learning_rate"] == 0.1]
    assert {one.cell.name for one in found.apart(alike)} == {"reading –", "a"}


def test_a_search_without_repeated_values_keeps_every_param(made: Any) -> None:
    for number in range(4):
        made.add({"learning_rate": 0.1 + number, "l2": 1 / (1 + number)}, 0.8)
    assert group(list(made.all())).telling == ("l2", "learning_rate")


def test_the_first_metric_says_how_good_not_when(made: Any) -> None:
    from dataclasses import replace

    from analysis.groups import usual_metrics

    run = made.add({}, 0.8)
    metrics = dict.fromkeys(("best_epoch", "best_validation_loss"), 1.0)
    assert usual_metrics([replace(run, metrics=metrics)])[0].name == "best_validation_loss"
