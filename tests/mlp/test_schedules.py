"""The learning rate as a pure function of the epoch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp.config import SCHEDULES, Config
from mlp.schedules import learning_rate


def rates(epochs: int, **settings: object) -> list[float]:
    config = Config(learning_rate=1.0, epochs=epochs, **settings)  # type: ignore[arg-type]
    return [learning_rate(config, epoch) for epoch in range(1, epochs + 1)]


def test_constant() -> None:
    assert rates(3) == [1, 1, 1]


def test_step() -> None:
    found = rates(5, schedule="step", step_epochs=2, step_factor=0.5)
    assert found == [1, 1, 0.5, 0.5, 0.25]


def test_cosine() -> None:
    expected = [1, (1 + 2**-0.5) / 2, 0.5, (1 - 2**-0.5) / 2]
    assert rates(4, schedule="cosine") == pytest.approx(expected)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_warm_up_rises_evenly_and_then_the_schedule_begins(schedule: str) -> None:
    found = rates(9, schedule=schedule, warmup_epochs=3)
    assert found[:3] == pytest.approx([0.25, 0.5, 0.75])
    assert found[3:] == rates(6, schedule=schedule)


@given(
    schedule=st.sampled_from(SCHEDULES),
    epochs=st.integers(1, 50),
    warmup=st.integers(0, 60),
)
def test_rates_are_positive_and_never_above_the_setting(
    schedule: str, epochs: int, warmup: int
) -> None:
    found = rates(epochs, schedule=schedule, warmup_epochs=warmup, step_epochs=7)
    assert all(0 < rate <= 1 for rate in found)
