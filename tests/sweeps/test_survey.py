from pathlib import Path

from sweeps.records import Ended, Started
from sweeps.state import Outcome, RunState
from sweeps.store import Store
from sweeps.survey import Standing, bytes_below, commands, size, survey
from tests.sweeps.launched import launch, wanted

STARTED = Started(1, 2, "h")


def write(store: Store, identity: str, state: RunState | None) -> None:
    with store.run(identity).writer() as writer:
        writer.append(STARTED)
        if state is not None:
            writer.append(Ended(2, Outcome(state)))


def test_every_run_that_a_sweep_wants_is_counted_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    names = ("done", "failed", "killed", "stopped", "running", "new", "gone", "cleaned")
    jobs = tuple(wanted(name, name) for name in names)
    for name, state in {
        "done": RunState.FINISHED,
        "failed": RunState.FAILED,
        "killed": None,
        "stopped": RunState.INTERRUPTED,
        "gone": RunState.FINISHED,
    }.items():
        write(store, name, state)
    with store.run("running").writer() as held:
        held.append(STARTED)
        [status] = survey(
            store, {"key": [launch("2", jobs), launch("1", jobs[:2])]}, {"gone"}, {"cleaned"}
        )
    assert status.jobs == len(names)
    assert status.counts == {
        Standing.DONE: 1,
        Standing.FAILED: 1,
        Standing.INTERRUPTED: 2,
        Standing.RUNNING: 1,
        Standing.MISSING: 2,
        Standing.REMOVED: 1,
    }
    assert status.disk_bytes == sum(
        path.stat().st_size for path in (tmp_path / "runs").rglob("*") if path.is_file()
    )
    assert status.commands == ("python a.py x=1 sweep.retry=failed",)


def test_a_sweep_with_nothing_left_needs_no_command(tmp_path: Path) -> None:
    write(Store(tmp_path), "A", RunState.FINISHED)
    jobs = (wanted("a", "A"), wanted("b", "B"))
    [status] = survey(Store(tmp_path), {"key": [launch("1", jobs)]}, (), {"B"})
    assert status.is_complete


def test_as_few_commands_as_the_launches_allow_complete_a_sweep() -> None:
    small = launch("1", (wanted("a", "A"),), command="small")
    other = launch("2", (wanted("b", "B"), wanted("c", "C")), command="other")
    wide = launch("3", (wanted("a", "A"), wanted("b", "B")), command="wide")
    standings = {"A": Standing.MISSING, "B": Standing.DONE, "C": Standing.FAILED}
    assert list(commands([wide, other, small], standings)) == ["wide", "other sweep.retry=failed"]
    standings = {"A": Standing.INTERRUPTED, "B": Standing.RUNNING, "C": Standing.DONE}
    assert list(commands([wide, other, small], standings)) == ["wide"]


def test_a_command_that_retries_already_is_left_as_it_is() -> None:
    again = launch("1", (wanted("a", "A"),), command="python a.py sweep.retry=failed")
    assert list(commands([again], {"A": Standing.FAILED})) == ["python a.py sweep.retry=failed"]


def test_sizes_are_for_people(tmp_path: Path) -> None:
    assert [size(n) for n in (0, 999, 1000, 1_500_000)] == ["0 B", "999 B", "1.0 kB", "1.5 MB"]
    assert bytes_below(tmp_path / "absent") == 0
