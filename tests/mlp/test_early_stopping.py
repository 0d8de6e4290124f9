"""Early stopping as a pure rule."""

from hypothesis import given
from hypothesis import strategies as st

from mlp.config import Config, EarlyStopping
from mlp.early_stopping import Best, is_over, judge


def run(
    objectives: list[float], patience: int | None, min_delta: float, objective: str
) -> tuple[Best, int]:
    """Return the best and the epoch after which training stopped."""
    config = Config(objective=objective, early_stopping=EarlyStopping(patience, min_delta))
    best, epoch = Best(), 0
    for epoch, value in enumerate(objectives, start=1):
        best = judge(best, config, epoch, value)
        if is_over(best, config):
            break
    return best, epoch


def test_stops_after_patience_epochs_without_a_lower_loss() -> None:
    best, stopped = run([3.0, 2.0, 2.0, 2.5, 1.0], 2, 0.0, "validation_loss")
    assert (best.epoch, best.objective, stopped) == (2, 2.0, 4)


def test_accuracy_is_to_grow() -> None:
    best, stopped = run([0.5, 0.7, 0.6, 0.6], 2, 0.0, "validation_accuracy")
    assert (best.epoch, best.objective, stopped) == (2, 0.7, 4)


def test_a_gain_below_min_delta_does_not_count() -> None:
    best, stopped = run([1.0, 0.95, 0.9, 0.5], 2, 0.2, "validation_loss")
    assert (best.epoch, stopped) == (1, 3)


@given(
    losses=st.lists(st.floats(0, 10), min_size=1),
    patience=st.none() | st.integers(1, 5),
)
def test_the_best_is_the_first_least_loss_up_to_the_stop(
    losses: list[float], patience: int | None
) -> None:
    best, stopped = run(losses, patience, 0.0, "validation_loss")
    seen = losses[:stopped]
    assert best.objective == min(seen)
    assert best.epoch == seen.index(min(seen)) + 1
    if patience is None:
        assert stopped == len(losses)
    elif stopped < len(losses):
        assert stopped == best.epoch + patience
