"""How often MLflow is called for a run: each call costs milliseconds, whatever is in it."""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from mlflow import MlflowClient

from sweeps.consignment import Consignment
from sweeps.delivery import Delivery


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What is called of MLflow's client, by its methods' names; the calls go through."""
    counted: Counter[str] = Counter()

    def counting(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def through(*told: Any, **named: Any) -> Any:
            counted[name] += 1
            return method(*told, **named)

        return through

    for name, method in vars(MlflowClient).items():
        if callable(method) and not name.startswith("_"):
            monkeypatch.setattr(MlflowClient, name, counting(name, method))
    return counted


def _delivered(
    make_sweep: Callable[..., Any], uri: str, experiment: str, runs: int, steps: int
) -> None:
    made = make_sweep([{"x": str(number)} for number in range(runs)], key=f"{experiment}-{runs}")
    for job in made.plan.jobs:
        name = job.definition.name
        made.write(
            name,
            *made.begin(name),
            *made.curves(1, steps),
            made.artifact(name, "a,b\n"),
            *made.finish(steps, 0.5),
        )
    with Delivery(Consignment.of(made.plan, made.store, made.launch(uri, experiment))):
        pass


@pytest.mark.parametrize("steps", [1, 100])
def test_a_run_costs_a_few_calls_however_long_its_curves_are(
    make_sweep: Callable[..., Any], mlflow_uri: str, called: Counter[str], steps: int
) -> None:
    _delivered(make_sweep, mlflow_uri, f"calls-{steps}", 1, steps)
    for_one = called.copy()
    called.clear()
    _delivered(make_sweep, mlflow_uri, f"calls-{steps}", 11, steps)
    called.subtract(for_one)
    # Found to be new, made, told of its data and all the rest in one, and ended.
    assert called.total() <= 10 * 5
    assert max(called.values()) == 10
