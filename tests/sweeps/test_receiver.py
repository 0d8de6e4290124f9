"""What a worker elsewhere tells is kept as if it were here, and by one worker at a time."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path

import numpy as np
import pytest

from sweeps.attempt import Attempt, now_ms
from sweeps.journal import JournalError, JournalHeld
from sweeps.receiver import Kept, Receiver
from sweeps.records import Definition, Started
from sweeps.remote import Line, RemoteKeeper
from sweeps.run import Interrupted
from sweeps.store import RunFolder, Store

DEFINITION = Definition(identity="a1", task="t", sweep="s", name="relu seed=0")


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return Store(tmp_path / "launcher" / ".sweeps").run(DEFINITION.identity)


@pytest.fixture
def receiver(folder: RunFolder, tmp_path: Path) -> Iterator[Receiver]:
    kept = Kept(folder, tmp_path / "launcher" / "0" / "run.log")
    stop = tmp_path / "stop"
    with Receiver("127.0.0.1", {DEFINITION.identity: kept}, stop.exists) as listening:
        yield listening


@contextmanager
def attempt(receiver: Receiver, place: Path) -> Iterator[Attempt]:
    """An attempt by a worker that has the folder `place` and nothing of the launcher's."""
    place.mkdir(exist_ok=True)
    started = Started(time_ms=now_ms(), pid=os.getpid(), host="elsewhere")
    with (
        Line(receiver.address) as line,
        Attempt(
            RemoteKeeper(line, DEFINITION.identity, place / "0" / "run.log"),
            DEFINITION,
            started=started,
            log="run.log",
            checkpoint_seconds=0,
            alone=True,
        ) as begun,
    ):
        yield begun


def test_all_that_is_told_arrives(receiver: Receiver, folder: RunFolder, tmp_path: Path) -> None:
    weights = tmp_path / "weights.txt"
    weights.write_text("0.5")
    with attempt(receiver, tmp_path / "worker") as run:
        run.log(1, {"loss": 2.0})
        run.artifact(weights)
        (tmp_path / "worker" / "0" / "run.log").write_text("printed\n")
        (tmp_path / "worker" / "0" / ".hydra").mkdir()
        (tmp_path / "worker" / "0" / ".hydra" / "config.yaml").write_text("a: 1\n")
        run.finish(1.5)
    record = folder.record()
    assert record.curves["loss"][1].value == 2.0
    assert record.outcome is not None
    assert record.outcome.value == 1.5
    assert (folder.artifacts / "weights.txt").read_text() == "0.5"
    log = (tmp_path / "launcher" / "0" / "run.log").read_text()
    assert "step 1: loss 2" in log
    assert "printed" in log
    assert (tmp_path / "launcher" / "0" / ".hydra" / "config.yaml").read_text() == "a: 1\n"


def test_a_checkpoint_comes_back_to_another_worker_bit_by_bit(
    receiver: Receiver, folder: RunFolder, tmp_path: Path
) -> None:
    weights = np.random.default_rng(0).normal(size=(3, 1, 2)).astype(np.float32)
    with attempt(receiver, tmp_path / "one") as run:
        run.log(1, {"loss": 2.0})
        run.checkpoint({"weights": weights, "step": 1})
    with attempt(receiver, tmp_path / "two") as run:
        state = run.restore()
        assert state is not None
        assert state["step"] == 1
        np.testing.assert_array_equal(state["weights"], weights)
        assert state["weights"].dtype == np.float32
        run.finish(0.0)
    assert folder.record().restored_step == 1
    assert list(folder.checkpoints.iterdir()) == []


def test_a_damaged_checkpoint_is_refused_and_the_older_one_used(
    receiver: Receiver, folder: RunFolder, tmp_path: Path
) -> None:
    with attempt(receiver, tmp_path / "one") as run:
        for step in (1, 2):
            run.log(step, {"loss": 1.0})
            run.checkpoint({"step": step})
    newest = max(folder.checkpoints.iterdir())
    newest.write_bytes(newest.read_bytes()[:-1] + b"!")
    with attempt(receiver, tmp_path / "two") as run:
        assert run.restore() == {"step": 1}


def test_a_worker_that_was_given_up_can_tell_no_more(
    receiver: Receiver, folder: RunFolder, tmp_path: Path
) -> None:
    with attempt(receiver, tmp_path / "one") as first, attempt(receiver, tmp_path / "two") as run:
        run.log(1, {"loss": 1.0})
        with pytest.raises(JournalError, match="another worker"):
            first.log(1, {"loss": 9.0})
        with pytest.raises(JournalError, match="another worker"):
            first.checkpoint({"step": 9})
        run.finish(1.0)
    record = folder.record()
    assert record.outcome is not None
    assert record.curves["loss"][1].value == 1.0


def test_a_run_that_this_machine_holds_is_held_for_workers_elsewhere(
    receiver: Receiver, folder: RunFolder, tmp_path: Path
) -> None:
    with folder.writer(), pytest.raises(JournalHeld), attempt(receiver, tmp_path / "one"):
        pass


def test_a_stop_reaches_the_worker(receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "stop").touch()
    with attempt(receiver, tmp_path / "one") as run, pytest.raises(Interrupted):
        run.checkpoint({"step": 1})


def test_without_a_launcher_a_run_stops(receiver: Receiver, tmp_path: Path) -> None:
    with Line(receiver.address) as line:
        keeper = RemoteKeeper(line, DEFINITION.identity, tmp_path / "one" / "run.log")
        line._connection.close()
        assert keeper.stopping()
    nobody = replace(receiver.address, port=1)
    with pytest.raises(JournalError, match="can't be reached"):
        Line(nobody)


def test_who_does_not_know_the_key_is_not_answered(receiver: Receiver, tmp_path: Path) -> None:
    address = receiver.address
    with pytest.raises(AuthenticationError):
        Client((address.host, address.port), authkey=b"guessed")
    with (
        socket.create_connection((address.host, address.port)),  # and says nothing
        attempt(receiver, tmp_path / "one") as run,
    ):
        run.finish(1.0)


@pytest.mark.parametrize("name", ["../journal", "/etc/passwd", "a\\b"])
def test_nothing_is_put_outside_of_the_run(receiver: Receiver, tmp_path: Path, name: str) -> None:
    with attempt(receiver, tmp_path / "one"), Line(receiver.address) as line:
        line.ask(DEFINITION.identity, "open")
        with pytest.raises(JournalError, match="no name of a file"):
            line.ask(DEFINITION.identity, "put_output", name, b"")
