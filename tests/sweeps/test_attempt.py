"""An attempt holds the journal, tells it everything, and stops when the sweep does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from sweeps.attempt import AlreadyEnded, Attempt, now_ms
from sweeps.journal import JournalHeld
from sweeps.keeper import LocalKeeper, Stop
from sweeps.records import Definition, Started
from sweeps.run import Interrupted
from sweeps.state import RunState
from sweeps.store import RunFolder, Store

DEFINITION = Definition(identity="a1", task="t", sweep="s", name="relu seed=0")


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return Store(tmp_path / ".sweeps").run(DEFINITION.identity)


@contextmanager
def attempt(
    folder: RunFolder, *, alone: bool = True, seconds: float = 0.0, parent: int | None = None
) -> Iterator[Attempt]:
    started = Started(time_ms=now_ms(), pid=os.getpid(), host="here")
    log = folder.folder.parent / "run.log"
    asked = Stop(folder.folder / "stop", os.getppid() if parent is None else parent).asked
    with Attempt(
        LocalKeeper(folder, log, asked),
        DEFINITION,
        started=started,
        log=str(log),
        checkpoint_seconds=seconds,
        alone=alone,
    ) as begun:
        yield begun


def stop(folder: RunFolder) -> None:
    (folder.folder / "stop").touch()


def test_what_is_told_is_in_the_journal(folder: RunFolder, tmp_path: Path) -> None:
    kept = tmp_path / "weights.txt"
    kept.write_text("0.5")
    with attempt(folder) as run:
        run.log(1, {"loss": 2.0})
        run.log(2, {"loss": 1.0})
        run.summary({"accuracy": 0.9})
        run.artifact(kept)
        run.finish(1.0)
    record = folder.record()
    assert {step: point.value for step, point in record.curves["loss"].items()} == {1: 2.0, 2: 1.0}
    assert record.summary["accuracy"].value == 0.9
    assert (folder.artifacts / "weights.txt").read_text() == "0.5"
    assert not kept.exists()
    assert record.outcome is not None
    assert (record.outcome.state, record.outcome.value) == (RunState.FINISHED, 1.0)


def test_goes_on_from_the_last_checkpoint_only(folder: RunFolder) -> None:
    with attempt(folder) as run:
        assert run.restore() is None
        for step in (1, 2):
            run.log(step, {"loss": 1.0 / step})
            run.checkpoint({"weights": np.full(3, step), "step": step})
    with attempt(folder) as run:
        state = run.restore()
        assert state is not None
        assert state["step"] == 2
        np.testing.assert_array_equal(state["weights"], np.full(3, 2))
        run.finish(0.5)
    assert list(folder.checkpoints.iterdir()) == []
    assert folder.record().attempts == 2


def test_a_state_is_not_even_made_before_its_time(folder: RunFolder) -> None:
    def state() -> dict[str, int]:
        pytest.fail("made a state that was not due")

    with attempt(folder, seconds=3600) as run:
        run.log(1, {"loss": 1.0})
        run.checkpoint(state)


def test_a_run_that_checkpoints_stops_there_with_its_state_saved(folder: RunFolder) -> None:
    with attempt(folder, seconds=3600) as run:
        run.log(1, {"loss": 1.0})
        run.checkpoint({"step": 1})
        stop(folder)
        run.log(2, {"loss": 0.5})  # not here: its state would be lost
        with pytest.raises(Interrupted):
            run.checkpoint({"step": 2})
    with attempt(folder) as run:
        (folder.folder / "stop").unlink()
        assert run.restore() == {"step": 2}


def test_a_run_that_only_logs_stops_there(folder: RunFolder) -> None:
    with attempt(folder) as run:
        stop(folder)
        with pytest.raises(Interrupted):
            run.log(1, {"loss": 1.0})


def test_a_member_of_a_stack_is_never_interrupted_by_an_exception(folder: RunFolder) -> None:
    with attempt(folder, alone=False, seconds=3600) as run:
        stop(folder)
        run.log(1, {"loss": 1.0})
        run.checkpoint({"step": 1})
        assert run.stopping
    assert folder.record().checkpoints[0].step == 1


def test_an_orphan_stops(folder: RunFolder) -> None:
    nobody = 2**22 + 1  # above the largest process number
    with attempt(folder, parent=nobody) as run, pytest.raises(Interrupted):
        run.log(1, {"loss": 1.0})


def test_a_run_is_held_by_one_attempt_at_a_time(folder: RunFolder) -> None:
    with attempt(folder), pytest.raises(JournalHeld), attempt(folder):
        pass


def test_a_finished_run_is_not_attempted_again(folder: RunFolder) -> None:
    with attempt(folder) as run:
        run.finish(0.5)
    before = folder.journal.read_bytes()
    with pytest.raises(AlreadyEnded) as ended, attempt(folder):
        pass
    assert ended.value.outcome is not None
    assert ended.value.outcome.value == 0.5
    assert folder.journal.read_bytes() == before


def test_a_failure_keeps_its_traceback(folder: RunFolder) -> None:
    with attempt(folder) as run:
        run.log(3, {"loss": 1.0})
        try:
            1 / 0  # noqa: B018 - raises
        except ZeroDivisionError as error:
            run.fail_with(error)
    outcome = folder.record().outcome
    assert outcome is not None
    assert outcome.state is RunState.FAILED
    assert outcome.reason == "ZeroDivisionError: division by zero"
    assert "1 / 0" in outcome.traceback
    assert outcome.step == 3
    assert "ZeroDivisionError" in Path(outcome.log).read_text()
