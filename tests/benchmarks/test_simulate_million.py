"""The simulator keeps the books: no run is lost, and no core does two things at once."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

MODULE: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parents[2] / "benchmarks" / "simulate_million.py")
)
Costs, simulate, verdicts = (MODULE[name] for name in ("Costs", "simulate", "verdicts"))


def test_a_launcher_that_costs_nothing_leaves_the_workers_busy_to_the_end() -> None:
    free = {"plan_s": 0.0, "prepare_s": 0.0, "hand_out_s": 0.0, "deliver_s": 0.0, "read_s": 0.0}
    outcome = simulate(Costs(runs=6400, workers=10, stack=32, train_s=3.0, **free))
    assert outcome.trained_s == outcome.delivered_s == pytest.approx(6400 * 3.0 / 10)
    assert outcome.idle == pytest.approx(0)
    assert outcome.worst_lag_s == 0


@given(
    runs=st.integers(1, 500),
    workers=st.integers(1, 20),
    stack=st.integers(1, 32),
    deliver=st.sampled_from([0.0, 0.01, 1.0]),
    train=st.sampled_from([0.1, 5.0]),
)
def test_no_core_does_more_than_a_seconds_work_in_a_second(
    runs: int, workers: int, stack: int, deliver: float, train: float
) -> None:
    costs = Costs(runs=runs, workers=workers, stack=stack, deliver_s=deliver, train_s=train)
    outcome = simulate(costs)
    launcher = runs * (costs.plan_s + costs.prepare_s)
    writer = runs * (deliver + costs.read_s)
    launcher += -(-runs // stack) * costs.hand_out_s
    assert outcome.trained_s >= launcher - 1e-6
    assert outcome.delivered_s >= outcome.started_s + writer - 1e-6
    assert outcome.trained_s - outcome.started_s >= runs * train / workers - 1e-6
    assert outcome.delivered_s >= outcome.trained_s
    assert outcome.worst_lag_s <= outcome.delivered_s
    assert 0 <= outcome.idle + 1e-9 <= 1


def test_the_most_strained_comes_first() -> None:
    costs = Costs(runs=1000, workers=10, plan_s=100.0)
    found = verdicts(costs, simulate(costs))
    assert found[0].name == "time until the first run"
    assert [one.strain for one in found] == sorted((one.strain for one in found), reverse=True)
