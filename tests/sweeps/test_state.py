import json

import pytest

from sweeps.state import Outcome, RunState


def test_an_attempt_is_over_in_three_states() -> None:
    over = {state for state in RunState if state.is_terminal}
    assert over == {RunState.FINISHED, RunState.FAILED, RunState.INTERRUPTED}


@pytest.mark.parametrize("state", [RunState.WAITING, RunState.RUNNING])
def test_no_outcome_of_an_attempt_that_goes_on(state: RunState) -> None:
    with pytest.raises(ValueError, match="can't be"):
        Outcome(state)


def test_an_outcome_survives_json() -> None:
    outcome = Outcome(RunState.FAILED, None, "loss is NaN", "Traceback…\n", "a b/run.log", 7)
    assert Outcome.from_json(json.loads(json.dumps(outcome.to_json()))) == outcome
    whole = Outcome(RunState.FINISHED, float("inf"))
    assert Outcome.from_json(json.loads(json.dumps(whole.to_json()))) == whole


def test_an_outcome_of_a_later_version_is_read() -> None:
    assert Outcome.from_json({"state": "finished", "weather": "fine"}).state is RunState.FINISHED


@pytest.mark.parametrize(
    "fields", [{}, {"state": "lost"}, {"state": "failed", "step": "1"}, {"state": "running"}]
)
def test_what_is_no_outcome_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Outcome.from_json(fields)
