from pathlib import Path

import pytest

from sweeps.journal import JournalError
from sweeps.records import Ended, Metrics, Started, Summary
from sweeps.state import Outcome, RunState
from sweeps.store import Store


def test_the_folder_hides_itself_from_git_and_keeps_what_is_there(tmp_path: Path) -> None:
    store = Store(tmp_path / ".sweeps")
    store.create()
    ignore = tmp_path / ".sweeps" / ".gitignore"
    assert ignore.read_text() == "*\n"
    ignore.write_text("# mine\n")
    store.create()
    assert ignore.read_text() == "# mine\n"


def test_runs_and_sweeps_are_listed_in_order(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert list(store.runs()) == []
    assert list(store.sweeps()) == []
    for identity in ("b", "a"):
        store.run(identity).create()
    store.sweep("k").mkdir(parents=True)
    (tmp_path / "runs" / ".DS_Store").write_text("")
    assert [run.identity for run in store.runs()] == ["a", "b"]
    assert list(store.sweeps()) == [tmp_path / "sweeps" / "k"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", ".git", "a\n"])
def test_a_name_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="can't name a folder"):
        Store(tmp_path).run(name)
    with pytest.raises(ValueError, match="can't name a folder"):
        Store(tmp_path).sweep(name)


def test_a_run_from_waiting_to_finished(tmp_path: Path) -> None:
    run = Store(tmp_path).run("abc")
    assert run.state(run.headline()) is RunState.WAITING
    with run.writer() as writer:
        writer.append(Started(1, 2, "h"), Metrics(2, 1, {"a": 1.0}), Summary(3, {"b": 2.0}))
        assert run.state(run.headline()) is RunState.RUNNING
    assert run.state(run.headline()) is RunState.INTERRUPTED
    before = run.headline()
    with run.writer() as writer:
        writer.append(Started(4, 2, "h"), Ended(5, Outcome(RunState.FINISHED)))
    assert run.state(before) is RunState.FINISHED  # ended between reading and probing
    assert run.headline().curves == {}
    assert run.headline().outcome == run.record().outcome == Outcome(RunState.FINISHED)


def test_a_place_where_no_folder_can_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="can't be made"):
        Store(tmp_path / "file").create()
    with pytest.raises(JournalError, match="can't be made"):
        Store(tmp_path / "file").run("abc").writer()
