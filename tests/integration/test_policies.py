"""What a user asks of a sweep beyond its grid, on the real trainer and a slice of the real data."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sweeps.replay import RunRecord
from sweeps.state import RunState
from tests.integration.disturbed import PATIENCE_SECONDS, Sweep, end_state, workers

pytestmark = pytest.mark.slow
SMALL = ("-m", "epochs=3", "early_stopping=none", "data.limit=1000")


@pytest.fixture
def sweep(tmp_path: Path, empty_store: Path) -> Iterator[Sweep]:
    one = Sweep(tmp_path / "sweep", empty_store, SMALL)
    yield one
    one.kill_all()


def states(sweep: Sweep) -> dict[str, RunState]:
    found = {}
    for run in sweep.runs():
        record = run.record()
        assert record.definition is not None
        found[record.definition.name] = run.state(record)
    return found


def test_a_run_that_diverges_leaves_its_stack_mates_bit_for_bit(
    sweep: Sweep, tmp_path: Path, empty_store: Path
) -> None:
    process = sweep.start("learning_rate=0.03,1e39,0.05", "sweep.workers=1")
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert "diverged" in said
    assert "epoch 1" in said
    assert "learning_rate" in said
    alone = Sweep(tmp_path / "alone", empty_store, SMALL)
    alone.run("learning_rate=0.03,0.05", "sweep.workers=1")
    good = [run for run in sweep.runs() if run.state(run.record()) is RunState.FINISHED]
    assert len(good) == 2
    for run in sweep.runs():
        if run not in good and run.state(run.record()) is RunState.FAILED:
            shutil.rmtree(run.folder)
    assert end_state(sweep) == end_state(alone)


def test_fail_fast_stops_at_the_first_failure(sweep: Sweep) -> None:
    grid = ("learning_rate=1e39,0.03", "seed=0,1,2,3", "sweep.workers=1", "epochs=60")
    process = sweep.start(*grid, "sweep.fail_fast=true")
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert list(states(sweep).values()).count(RunState.FINISHED) < 4


def test_a_fingerprint_can_be_accepted_after_a_harmless_edit(
    sweep: Sweep, tmp_path: Path, empty_store: Path
) -> None:
    app = tmp_path / "app.py"
    app.write_text(APP.format(extra=""))
    ours = ("hydra/launcher=sweepstack", "hydra/sweeper=sweepstack")
    edited = Sweep(tmp_path / "edited", empty_store, ("-m", *ours), (sys.executable, str(app)))
    edited.run("+x=1,2")
    (code,) = {
        record.definition.code
        for run in edited.runs()
        if (record := run.record()).definition is not None
    }
    app.write_text(APP.format(extra="# nothing\n"))
    assert "2 reused" in edited.run("+x=1,2"), "a comment is no edit"
    app.write_text(APP.format(extra="UNUSED = 1\n"))
    assert "2 reused" in edited.run("+x=1,2", f"hydra.launcher.accept_code={code}")
    assert len(edited.runs()) == 2
    edited.run("+x=1,2")
    assert len(edited.runs()) == 4


APP = """\
import hydra
{extra}
@hydra.main(config_path=None, version_base="1.3")
def main(cfg):
    return float(cfg.x)

if __name__ == "__main__":
    main()
"""


def test_a_silent_run_is_ended_and_tried_again(tmp_path: Path, empty_store: Path) -> None:
    app = tmp_path / "app.py"
    app.write_text(HANGS)
    ours = ("hydra/launcher=sweepstack", "hydra/sweeper=sweepstack", "hydra.launcher.timeout=1")
    sweep = Sweep(tmp_path / "sweep", empty_store, ("-m", *ours), (sys.executable, str(app)))
    try:
        sweep.run("+x=1,2,3")
    finally:
        sweep.kill_all()
    assert set(states(sweep).values()) == {RunState.FINISHED}
    attempts = {run.record().attempts for run in sweep.runs()}
    assert max(attempts) == 2


HANGS = """\
import time
from pathlib import Path
import hydra

@hydra.main(config_path=None, version_base="1.3")
def main(cfg):
    been = Path("been-here")
    if cfg.x == 2 and not been.exists():
        been.touch()
        time.sleep(600)
    return float(cfg.x)

if __name__ == "__main__":
    main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory of a process")
def test_a_run_without_memory_fails_alone(tmp_path: Path, empty_store: Path) -> None:
    said, record = hungry(tmp_path, empty_store, "allocates")
    assert record.attempts == 1
    assert record.outcome is not None
    assert "MemoryError" in record.outcome.reason
    assert record.outcome.reason in said


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_a_run_that_is_killed_for_its_memory_is_given_up_alone(
    tmp_path: Path, empty_store: Path
) -> None:
    _, record = hungry(tmp_path, empty_store, "is_killed")
    assert record.attempts > 1
    assert record.outcome is not None
    assert "ran out of memory" in record.outcome.reason


def hungry(tmp_path: Path, empty_store: Path, does: str) -> tuple[str, RunRecord]:
    """Sweep over four runs of which the second wants too much memory; gives what became of it."""
    app = tmp_path / "app.py"
    app.write_text(HUNGRY)
    ours = ("hydra/launcher=sweepstack", "hydra/sweeper=sweepstack", f"+does={does}")
    sweep = Sweep(tmp_path / "sweep", empty_store, ("-m", *ours), (sys.executable, str(app)))
    try:
        process = sweep.start("+x=1,2,3,4")
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        sweep.kill_all()
    assert process.returncode == 1, said
    ended = {run.record().definition.name: run.record() for run in sweep.runs()}
    values = {name: one.outcome.value for name, one in ended.items() if one.outcome}
    assert values == {"x=1": 1.0, "x=2": None, "x=3": 3.0, "x=4": 4.0}
    return said, ended["x=2"]


HUNGRY = """\
import os
import resource
import signal
import hydra
import psutil

@hydra.main(config_path=None, version_base="1.3")
def main(cfg):
    if cfg.x == 2 and cfg.does == "is_killed":
        os.kill(os.getpid(), signal.SIGKILL)  # as Linux does when memory is short
    if cfg.x == 2:
        taken = psutil.Process().memory_info().vms
        resource.setrlimit(resource.RLIMIT_AS, (taken + 2**28, resource.RLIM_INFINITY))
        hoard = []
        while True:
            hoard.append(bytearray(2**24))
    return float(cfg.x)

if __name__ == "__main__":
    main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small file system")
def test_a_full_disk_is_told_and_what_was_stored_holds(
    sweep: Sweep, tmp_path: Path, small_disk: Path
) -> None:
    full = sweep.start("activation=tanh,relu", "epochs=30", f"hydra.launcher.store={small_disk}/s")
    (small_disk / "filler").write_bytes(b"0" * (900 * 1024 - 20_000))
    said, _ = full.communicate(timeout=PATIENCE_SECONDS)
    assert full.returncode != 0
    assert "Traceback" not in said
    assert "space" in said, said
    (small_disk / "filler").unlink()
    said = sweep.run(
        "activation=tanh,relu",
        "epochs=30",
        f"hydra.launcher.store={small_disk}/s",
        "sweep.retry=failed",
    )
    assert said.count("finished") >= 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    import subprocess

    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", place],
        check=False,
        capture_output=True,
    )
    if made.returncode != 0:
        pytest.skip("only root can mount a small file system")
    yield place
    time.sleep(0.2)
    subprocess.run(["umount", "-l", place], check=False)


def test_a_folder_that_cannot_be_written_is_one_sentence(sweep: Sweep, tmp_path: Path) -> None:
    file = tmp_path / "a-file"
    file.touch()
    process = sweep.start("activation=tanh", f"hydra.launcher.store={file}/s")
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert str(file) in said
    assert "Traceback" not in said


def test_two_launches_in_one_second_have_folders_of_their_own(sweep: Sweep) -> None:
    both = [sweep.start("activation=tanh"), sweep.start("activation=relu")]
    for process in both:
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, said
    logs = list((sweep.folder / "multirun").glob("*/*/0/run.log"))
    assert len(logs) == 2
    assert not any(workers(process.pid) for process in both)
