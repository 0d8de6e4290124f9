"""Names that no run knows are told; those that some run knows, or that nobody can judge, aren't."""

from typing import Any

import pytest

from analysis.absence import absences
from analysis.cells import Rules, fill
from analysis.sections import Cell, Metric


def told(made: Any, *curves: str, **metric: str) -> list[str]:
    filled = [
        fill(made.all(), Cell(name=name, where={"activation": name}), {}, (), Rules())
        for name in ("tanh", "relu", "elu")
    ]
    return absences(made.all(), filled, [Metric(name="it", **metric)], curves)


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ({"of": "test_acuracy"}, ["a metric test_acuracy"]),
        ({"of": "validation_los@last"}, ["a curve validation_los"]),
        ({"of": "test_accuracy", "minus": "train_los@best"}, ["a curve train_los"]),
        ({"of": "test_accuracy", "minus": "validation_loss@<0"}, []),
        ({"of": "rare"}, []),
    ],
)
def test_a_metric_that_no_run_has_is_told(
    made: Any, metric: dict[str, str], said: list[str]
) -> None:
    made.add({"activation": "tanh"}, 0.8)
    made.add({"activation": "relu"}, 0.8).metrics["rare"] = 1.0
    found = told(made, "validation_loss", **metric)
    assert len(found) == len(said)
    assert all(text in sentence for text, sentence in zip(said, found, strict=True))


def test_a_point_at_the_best_epoch_needs_to_know_which_that_was(made: Any) -> None:
    del made.add({"activation": "tanh"}, 0.8).metrics["best_epoch"]
    (found,) = told(made, of="validation_loss@best")
    assert "a metric best_epoch" in found


def test_without_runs_nobody_knows_what_they_would_have(made: Any) -> None:
    made.add({"activation": "tanh"}, None, state="failed")
    assert told(made, "anything", of="nothing") == []
