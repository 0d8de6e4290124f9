"""What a metric is worth for a run."""

import math
from typing import Any

import pytest

from analysis.errors import AnalysisError
from analysis.measures import examples_of, values
from analysis.sections import Metric


def value(made: Any, **metric: Any) -> float:
    run = made.add({}, 0.75, epochs=8)  # validation loss 1/epoch + 0.25, best_epoch 6
    (found,) = values(made.all(), [run], Metric(name="it", **metric))
    return found


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        ("test_accuracy", 0.75),
        ("validation_loss@1", 1.25),
        ("validation_loss@last", 0.375),
        ("validation_loss@best", 1 / 6 + 0.25),
        ("validation_loss@min", 0.375),
        ("validation_loss@max", 1.25),
        ("validation_loss@<0.5", 5),
        ("validation_loss@>0.5", 1),
        ("nothing", math.nan),
        ("nothing@last", math.nan),
        ("validation_loss@99", math.nan),
        ("validation_loss@<0.1", math.nan),
    ],
)
def test_a_point_of_a_curve(made: Any, of: str, expected: float) -> None:
    assert value(made, of=of) == pytest.approx(expected, nan_ok=True)


def test_a_difference_in_percent(made: Any) -> None:
    found = value(made, of="validation_loss@1", minus="validation_loss@last", percent=True)
    assert found == pytest.approx(87.5)


def test_a_wrong_point_is_said(made: Any) -> None:
    with pytest.raises(AnalysisError, match="validation_loss@end is no point of a curve"):
        value(made, of="validation_loss@end")


def test_only_an_accuracy_as_logged_is_one_of_examples() -> None:
    assert examples_of(Metric(name="test_accuracy")) == "test"
    assert examples_of(Metric(name="gap", of="test_accuracy", minus="train_accuracy")) is None
    assert examples_of(Metric(name="x", of="validation_accuracy@best")) is None
    assert examples_of(Metric(name="test_loss")) is None
