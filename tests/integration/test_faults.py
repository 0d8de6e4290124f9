"""Sweeps that are really disturbed, at random moments, end as if nothing had happened."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sweeps.journal import read
from sweeps.records import Started
from sweeps.store import RunFolder
from tests.integration.disturbed import (
    GRID,
    PATIENCE_SECONDS,
    Sweep,
    delivered,
    end_state,
    kill,
    tracked,
    workers,
)

pytestmark = pytest.mark.slow
EPOCHS = 4 * 40
# CI tries two moments, the soak the others: each time the machine makes another of it.
SEEDS = [
    0,
    pytest.param(1, marks=pytest.mark.long),
    *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 22)),
]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Sweep:
    sweep = Sweep(tmp_path_factory.mktemp("undisturbed") / "sweep", empty_store)
    sweep.run()
    return sweep


@pytest.fixture
def sweep(tmp_path: Path, empty_store: Path) -> Iterator[Sweep]:
    one = Sweep(tmp_path / "sweep", empty_store)
    yield one
    one.kill_all()


@pytest.fixture(params=SEEDS)
def moment(request: pytest.FixtureRequest) -> int:
    """How many epochs of all the sweep's are journaled when the fault comes."""
    return random.Random(request.param).randrange(1, EPOCHS - 20)


def underway(sweep: Sweep, moment: int) -> subprocess.Popen[str]:
    process = sweep.start()
    sweep.wait(lambda: sweep.steps() >= moment or process.poll() is not None)
    return process


def completes(sweep: Sweep, undisturbed: Sweep) -> None:
    sweep.run()
    agrees(sweep, undisturbed)


def agrees(sweep: Sweep, undisturbed: Sweep) -> None:
    assert end_state(sweep) == end_state(undisturbed)
    assert delivered(sweep) == delivered(undisturbed)


def test_kill_a_worker(sweep: Sweep, undisturbed: Sweep, moment: int) -> None:
    process = underway(sweep, moment)
    for pid in workers(process.pid)[:1]:
        kill(pid)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, said
    agrees(sweep, undisturbed)


def test_kill_the_parent(sweep: Sweep, undisturbed: Sweep, moment: int) -> None:
    process = underway(sweep, moment)
    orphans = workers(process.pid)
    kill(process.pid)
    process.wait()
    sweep.wait(lambda: not any(map(_lives, orphans)))
    completes(sweep, undisturbed)


def test_kill_both_and_go_on_at_once(sweep: Sweep, undisturbed: Sweep, moment: int) -> None:
    process = underway(sweep, moment)
    doomed = [process.pid, *workers(process.pid)[:1]]
    for pid in doomed:
        kill(pid)
    process.wait()
    # The other worker still lives, and holds its runs: the launch waits for it.
    completes(sweep, undisturbed)


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_stop_once(sweep: Sweep, undisturbed: Sweep, moment: int, kind: signal.Signals) -> None:
    process = underway(sweep, moment)
    told_ms = time.time() * 1000
    process.send_signal(kind)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    ended_ms = max(run.record().ended_ms or 0 for run in sweep.runs())
    assert ended_ms - told_ms < 15_000, "the runs stop soon; MLflow gets what is left"
    assert process.returncode != 0 or "4 reused" in sweep.run(), said
    completes(sweep, undisturbed)


def test_stop_twice(sweep: Sweep, undisturbed: Sweep, moment: int) -> None:
    process = underway(sweep, moment)
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_SECONDS)
    completes(sweep, undisturbed)


def test_damage_what_is_stored(sweep: Sweep, undisturbed: Sweep, moment: int) -> None:
    process = underway(sweep, moment)
    for pid in [process.pid, *workers(process.pid)]:
        kill(pid)
    process.wait()
    dice = random.Random(moment)
    for run in sweep.runs():
        for damage in (cut_journal, flip_journal, spoil_checkpoint):
            if dice.random() < 0.5:
                damage(run, dice)
    completes(sweep, undisturbed)


@pytest.fixture
def turned_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file: from when it is there, every process's clock is an hour behind."""
    place = tmp_path / "clock"
    place.mkdir()
    (place / "sitecustomize.py").write_text(CLOCK)
    monkeypatch.setenv("PYTHONPATH", str(place))
    monkeypatch.setenv("CLOCK_TURNED_BACK", str(place / "turned-back"))
    return place / "turned-back"


CLOCK = """\
import os
import time

HOUR_NS = 3600 * 10**9
TURNED_BACK = os.environ["CLOCK_TURNED_BACK"]


def behind(real=time.time_ns):
    return real() - HOUR_NS * os.path.exists(TURNED_BACK)


time.time_ns = behind
time.time = lambda: behind() / 10**9
"""


def test_the_clock_steps_back(
    sweep: Sweep, undisturbed: Sweep, moment: int, turned_back: Path
) -> None:
    process = underway(sweep, moment)
    turned_back.touch()
    sweep.wait(lambda: sweep.steps() >= moment + 4 or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_SECONDS)
    completes(sweep, undisturbed)
    for run in sweep.runs():
        began = [one.time_ms for one in read(run.journal, kinds=(Started,)).records]
        assert len(began) == 1 or began != sorted(began), "the clock did step back"
        curve = run.record().curves["train_loss"].values()
        assert [point.time_ms for point in curve] == sorted(point.time_ms for point in curve)
    for one in tracked(sweep):
        assert one.info.start_time <= one.info.end_time


def cut_journal(run: RunFolder, dice: random.Random) -> None:
    whole = run.journal.read_bytes()
    run.journal.write_bytes(whole[: dice.randrange(len(whole) + 1)])


def flip_journal(run: RunFolder, dice: random.Random) -> None:
    content = bytearray(run.journal.read_bytes())
    if content:
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    run.journal.write_bytes(content)


def spoil_checkpoint(run: RunFolder, dice: random.Random) -> None:
    for file in sorted(run.checkpoints.glob("*.npz"))[-1:]:
        content = bytearray(file.read_bytes())
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        file.write_bytes(content)


def test_two_launches_of_one_sweep(sweep: Sweep, undisturbed: Sweep) -> None:
    first, second = sweep.start(), sweep.start()
    for process in (first, second):
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, said
    attempts = sum(run.record().attempts for run in sweep.runs())
    assert attempts == 4, "each run is trained once"
    completes(sweep, undisturbed)


def test_two_sweeps_on_one_store(sweep: Sweep, undisturbed: Sweep) -> None:
    other = Sweep(
        sweep.folder, sweep.empty_store, [*GRID[:1], "activation=tanh,sigmoid", *GRID[2:]]
    )
    both = [sweep.start(), other.start()]
    for process in both:
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, said
    found = delivered(sweep)
    assert delivered(undisturbed).items() <= found.items()
    assert len(found) == 6


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


Damage = Callable[[RunFolder, random.Random], None]
