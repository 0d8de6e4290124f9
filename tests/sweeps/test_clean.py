import shutil
from collections import Counter
from pathlib import Path

import pytest

from sweeps import removable
from sweeps.clean import Kind, age, clean, main
from sweeps.cursor import Cursor, cursor_path
from sweeps.deleted import removed
from sweeps.found import Found, StoreAwayError
from sweeps.records import Checkpoint, Definition, Ended, Started
from sweeps.state import Outcome, RunState
from sweeps.store import RunFolder, Store, store_of
from tests.sweeps.launched import launch, wanted

DAY = 86_400_000
URI = "http://127.0.0.1:9"


class House:
    """A working folder with one sweep, and an MLflow server that has what it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / ".sweeps"
        self.store: Store = store_of(self.root, "e")
        self.tracked: list[Found] = []

    def all_runs(self, uri: str, experiment: str, tags: object) -> list[Found]:
        assert (uri, experiment) == (URI, "e")
        return self.tracked

    def launched(self, key: str, *identities: str) -> None:
        jobs = tuple(wanted(one, one) for one in identities)
        record = launch("1", jobs, sweep=key, name=f"sweep {key}", uri=URI, store=str(self.root))
        record.save(self.store.sweep(key), {})

    def run(
        self, identity: str, state: RunState | None, *, time_ms: int = 0, sweep: str = "k"
    ) -> RunFolder:
        """A run with a checkpoint, in an output folder of its own."""
        output = self.folder / "multirun" / identity
        (output / ".hydra").mkdir(parents=True)
        (output / "a.log").write_text("log")
        folder = self.store.run(identity)
        with folder.writer() as writer:
            writer.append(
                Definition(identity, "t", sweep, identity),
                Started(time_ms, 1, "h", "1", log=str(output / "a.log")),
                Checkpoint(time_ms, 1, "1.npz", "0"),
            )
            if state is not None:
                writer.append(Ended(time_ms, Outcome(state)))
        (folder.checkpoints / "1.npz").write_text("state")
        return folder

    def delivered(self, folder: RunFolder, *, deleted: bool = False) -> None:
        run_id = f"id-{folder.identity}"
        size = folder.journal.stat().st_size
        Cursor("1@2", run_id, ended_size=size).save(cursor_path(folder.folder, URI, "e"))
        artifacts = self.folder / "mlruns" / run_id / "artifacts"
        artifacts.mkdir(parents=True)
        (artifacts / "weights").write_text("w")
        tags = {"sweeps.identity": folder.identity}
        self.tracked.append(Found(run_id, deleted, {}, tags, artifacts.as_uri()))

    def kinds(self, *names: str, before_ms: int = DAY) -> dict[str, Kind]:
        things, _ = clean(self.root, names, before_ms, really=False)
        return {one.folder.identity: one.kind for _, one in things if one.folder is not None}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    made = House(tmp_path)
    monkeypatch.setattr(removable, "all_runs", made.all_runs)
    return made


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_only_what_nobody_needs_is_listed_and_nothing_is_removed(house: House) -> None:
    names = ("delivered", "undelivered", "failed", "stopped", "killed", "deleted", "grown")
    house.launched("k", *names)
    for name, state in {
        "delivered": RunState.FINISHED,
        "failed": RunState.FAILED,
        "stopped": RunState.INTERRUPTED,
        "killed": None,
        "grown": RunState.FINISHED,
    }.items():
        house.delivered(house.run(name, state))
    house.delivered(house.run("deleted", RunState.FAILED), deleted=True)
    shutil.rmtree(house.run("undelivered", RunState.FINISHED).checkpoints)
    shutil.rmtree(house.store.run("grown").checkpoints)
    with house.store.run("grown").writer() as writer:  # such as a test after the end
        writer.append(Started(1, 1, "h"), Ended(2, Outcome(RunState.FINISHED)))
    before = files(house.folder)
    assert house.kinds() == {"delivered": Kind.DELIVERED, "deleted": Kind.DELETED}
    assert files(house.folder) - before <= {".sweeps/e/runs/killed/lock"}


def test_a_delivered_run_goes_with_its_outputs_and_its_name_stays_taken(house: House) -> None:
    house.launched("k", "A", "B")
    for name in ("A", "B"):
        house.delivered(house.run(name, RunState.FINISHED))
    house.run("C", RunState.INTERRUPTED)
    things, problems = clean(house.root, (), DAY, really=True)
    assert problems == []
    assert Counter(one.kind for _, one in things) == {Kind.DELIVERED: 2}
    assert all(one.size > 0 for _, one in things)
    assert removed(house.store) == {"A", "B"}
    assert not house.store.sweep("k").exists()
    left = files(house.folder)
    assert not any("/A/" in name or "/B/" in name for name in left if "mlruns" not in name)
    assert {"mlruns/id-A/artifacts/weights", "multirun/C/a.log"} <= left
    assert ".sweeps/e/runs/C/checkpoints/1.npz" in left


def test_a_deleted_run_takes_its_artifacts_along(house: House) -> None:
    house.launched("k", "A")
    house.delivered(house.run("A", RunState.FINISHED), deleted=True)
    clean(house.root, (), DAY, really=True)
    assert not any(name.startswith(("mlruns", "multirun")) for name in files(house.folder))


def test_artifacts_of_a_deleted_run_go_when_the_run_went_before(house: House) -> None:
    house.launched("k", "A", "B")
    house.run("B", RunState.INTERRUPTED)
    folder = house.run("A", RunState.FINISHED)
    house.delivered(folder, deleted=True)
    shutil.rmtree(folder.folder)
    things, _ = clean(house.root, (), 10**15, really=True)
    assert [one.kind for _, one in things] == [Kind.ARTIFACTS]
    assert not (house.folder / "mlruns" / "id-A" / "artifacts").exists()


def test_what_a_process_is_at_is_left(house: House) -> None:
    house.launched("k", "A")
    folder = house.run("A", RunState.FINISHED)
    house.delivered(folder)
    with folder.writer():
        assert house.kinds() == {}
        assert clean(house.root, (), DAY, really=True)[0] == []
    assert house.kinds() == {"A": Kind.DELIVERED}
    assert folder.journal.exists()


def test_orphaned_checkpoints_of_a_finished_run_go_alone(house: House) -> None:
    house.launched("k", "A", "B")
    finished, stopped = house.run("A", RunState.FINISHED), house.run("B", RunState.INTERRUPTED)
    (stopped.checkpoints / "9.npz.tmp").write_text("torn")
    clean(house.root, (), DAY, really=True)
    assert list(finished.checkpoints.iterdir()) == []
    assert [path.name for path in stopped.checkpoints.iterdir()] == ["1.npz"]
    assert finished.journal.exists()


def test_only_old_ones_and_only_those_of_a_sweep(house: House) -> None:
    house.launched("k", "old", "new", "shared")
    house.launched("l", "shared", "other")
    for name, time_ms, sweep in (
        ("old", 1, "k"),
        ("new", 2 * DAY, "k"),
        ("shared", 1, "k"),
        ("other", 1, "l"),
    ):
        house.delivered(house.run(name, RunState.FINISHED, time_ms=time_ms, sweep=sweep))
    assert set(house.kinds(before_ms=DAY)) == {"old", "shared", "other"}
    assert set(house.kinds("k", before_ms=3 * DAY)) == {"old", "new"}
    assert set(house.kinds("sweep l", before_ms=3 * DAY)) == {"other"}


def test_an_output_folder_goes_with_the_last_run_in_it(house: House) -> None:
    house.launched("k", "A", "B")
    house.delivered(house.run("A", RunState.FINISHED))
    shared = house.folder / "multirun" / "A"
    with house.store.run("B").writer() as writer:
        writer.append(
            Definition("B", "t", "k", "B"), Started(1, 1, "h", "1", log=str(shared / "a.log"))
        )
    clean(house.root, (), DAY, really=True)
    assert (shared / "a.log").exists()
    assert not house.store.run("A").folder.exists()


def test_a_store_that_is_away_keeps_everything_and_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(*_: object) -> list[Found]:
        msg = "Connection refused"
        raise StoreAwayError(msg)

    house.launched("k", "A")
    house.delivered(house.run("A", RunState.FINISHED))
    monkeypatch.setattr(removable, "all_runs", away)
    assert main(["--store", str(house.root), "--yes"]) == 1
    assert f"MLflow at {URI} can't be asked (Connection refused)" in capsys.readouterr().err
    assert house.store.run("A").journal.exists()


def test_mistakes_are_told_in_a_sentence(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        main(["--older-than", "soon"])
    assert "soon is no age: give a number of hours, days or weeks" in capsys.readouterr().err
    assert main(["--store", str(house.root)]) == 1
    assert capsys.readouterr().err == (
        f"There is no sweep in {house.root}: give --store, the folder that has the journals.\n"
    )
    house.launched("k", "A")
    assert main(["--store", str(house.root), "--sweep", "z"]) == 1
    assert "is called 'z': there are sweep k." in capsys.readouterr().err
    assert [age(text) for text in ("2h", "1d", "1w")] == [2 * DAY // 24, DAY, 7 * DAY]
