"""Which workers are ended for their silence, and which are not: processes that only sleep."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sweeps.records import Left, Record, Started
from sweeps.store import RunFolder, Store
from sweeps.watchdog import Watchdog

SECONDS = 0.3


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return Store(tmp_path).run("one")


@contextmanager
def watched(folder: RunFolder) -> Iterator[None]:
    with Watchdog([folder], "l", SECONDS):
        yield


def begun(pid: int) -> Record:
    return Started(1, pid=pid, host="here", launch="l")


def test_a_worker_that_is_silent_at_its_run_is_ended(
    folder: RunFolder, worker: subprocess.Popen[bytes]
) -> None:
    with folder.writer() as journal, watched(folder):
        journal.append(begun(worker.pid))
        assert worker.wait(10) != 0


def test_a_worker_that_a_run_has_left_may_idle(
    folder: RunFolder, worker: subprocess.Popen[bytes]
) -> None:
    # Held, as it is until the worker is done with all of the stack.
    with folder.writer() as journal, watched(folder):
        journal.append(begun(worker.pid), Left(2))
        time.sleep(4 * SECONDS)
    assert worker.poll() is None


def test_whoever_has_the_pid_of_a_dead_worker_is_left_alone(
    folder: RunFolder, worker: subprocess.Popen[bytes]
) -> None:
    with folder.writer() as journal:
        journal.append(begun(worker.pid))
    with watched(folder):
        time.sleep(4 * SECONDS)
    assert worker.poll() is None


def test_a_worker_that_is_gone_ends_no_watch(
    folder: RunFolder, worker: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    other = Store(tmp_path).run("two")
    with folder.writer() as first, other.writer() as second:
        first.append(begun(gone.pid))
        with Watchdog([folder, other], "l", SECONDS):
            time.sleep(2 * SECONDS)
            second.append(begun(worker.pid))
            assert worker.wait(10) != 0
