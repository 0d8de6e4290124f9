"""Filling a store from journals made by hand; real sweeps are in tests/integration."""

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from sweeps.deliver import deliver, main, summary
from sweeps.filling import Tally
from sweeps.records import Ended, Started
from sweeps.state import Outcome, RunState
from sweeps.store import RunFolder, store_of
from sweeps.tags import KIND_TAG, RUN_KIND, SWEEP_KIND
from sweeps.tracking import Tracking
from tests.sweeps.conftest import BEGAN_MS, Sweep, sweep
from tests.sweeps.launched import launch


@pytest.fixture
def uri(mlflow_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of the test's own, with its tables, in the working folder."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(mlflow_store.removeprefix("sqlite:///"), tmp_path / "mlflow.db")
    return f"sqlite:///{(tmp_path / 'mlflow.db').as_posix()}"


def launched(made: Sweep, folder: Path, *, label: str = "1") -> None:
    """Write down a launch of a sweep, as in `folder`."""
    record = launch(
        label,
        tuple(one.wanted for one in made.plan.planned),
        time_ms=BEGAN_MS,
        sweep=made.plan.key,
        name=made.plan.name,
        folder=str(folder),
        store=str(folder / ".sweeps"),
        uri=f"sqlite:///{(folder / 'mlflow.db').as_posix()}",
    )
    record.save(made.store.sweep(made.plan.key), {"dirty.diff": "+1\n"})


@pytest.fixture
def three_at(tmp_path: Path) -> Sweep:
    """Three runs below tmp_path/.sweeps: finished, killed and running, and their launch."""
    made = sweep(tmp_path, [{"activation": name} for name in ("tanh", "sigmoid", "relu")])
    made = Sweep(made.plan, store_of(tmp_path / ".sweeps", "e"))
    made.write("tanh", *made.begin("tanh"), *made.curves(1, 5), *made.finish(5, 0.2))
    made.write("sigmoid", *made.begin("sigmoid"), *made.curves(1, 2))
    made.write("relu", *made.begin("relu"))
    launched(made, tmp_path)
    return made


def runs(uri: str, kind: str) -> dict[str, object]:
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("e")
    found = client.search_runs([experiment.experiment_id], f"tags.`{KIND_TAG}` = '{kind}'")
    return {run.info.run_name: run for run in found}


def test_a_store_is_filled_and_a_run_that_a_worker_is_at_is_left(
    three_at: Sweep, uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with three_at.store.run(three_at.job("relu").identity).writer():
        assert main([]) == 0
    assert capsys.readouterr().out == (
        f"{uri}, experiment e: 2 runs of 1 sweep delivered, 1 running, left to their own launch\n"
    )
    made = runs(uri, RUN_KIND)
    assert {name: run.info.status for name, run in made.items()} == {
        "tanh": "FINISHED",
        "sigmoid": "KILLED",
    }
    [parent] = runs(uri, SWEEP_KIND).values()
    assert parent.info.status == "RUNNING"

    assert main([]) == 0  # the worker died meanwhile
    [parent] = runs(uri, SWEEP_KIND).values()
    assert (parent.info.status, parent.info.start_time) == ("KILLED", BEGAN_MS)
    assert {run.data.tags["mlflow.parentRunId"] for run in runs(uri, RUN_KIND).values()} == {
        parent.info.run_id
    }
    assert parent.data.metrics["finished"] == 1
    assert parent.data.metrics["best_validation_loss"] == 0.2
    client = MlflowClient(uri)
    text = Path(client.download_artifacts(parent.info.run_id, "runs.csv")).read_text()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["run"], row["state"]) for row in rows] == [
        ("tanh", "finished"),
        ("sigmoid", "interrupted"),
        ("relu", "interrupted"),
    ]
    assert {item.path for item in client.list_artifacts(parent.info.run_id)} >= {"dirty.diff"}


def test_delivering_twice_or_elsewhere_doubles_nothing(
    three_at: Sweep, uri: str, mlflow_store: str, tmp_path: Path
) -> None:
    assert main([]) == main([]) == 0
    other = tmp_path / "other" / "mlflow.db"
    other.parent.mkdir()
    shutil.copy(mlflow_store.removeprefix("sqlite:///"), other)
    elsewhere = f"sqlite:///{other.as_posix()}"
    assert main(["--to", elsewhere]) == 0
    for place in (uri, elsewhere):
        client = MlflowClient(place)
        run = runs(place, RUN_KIND)["tanh"]
        assert len(client.get_metric_history(run.info.run_id, "train_loss")) == 5
        [parent] = runs(place, SWEEP_KIND).values()
        assert len(client.get_metric_history(parent.info.run_id, "finished")) == 1
    assert Path(run.info.artifact_uri.removeprefix("file://")).is_relative_to(other.parent)


def test_a_run_of_another_sweep_is_tagged_and_stays_a_child_of_its_own(
    three_at: Sweep, uri: str, tmp_path: Path
) -> None:
    second = three_at.renamed("second")
    launched(second, tmp_path, label="2")
    assert main([]) == 0
    parents = {
        run.data.tags["sweeps.sweep"]: run.info.run_id for run in runs(uri, SWEEP_KIND).values()
    }
    tanh = runs(uri, RUN_KIND)["tanh"].data.tags
    assert tanh["mlflow.parentRunId"] == parents["sweepkey"]
    assert tanh["sweeps.used_by.second"] == parents["second"]
    assert len(runs(uri, RUN_KIND)) == 3


def test_one_bad_run_keeps_no_other_from_being_delivered(
    three_at: Sweep, uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = Tracking.log

    def refusing(self: Tracking, run_id: str, **all_of_it: Any) -> None:
        if len(all_of_it.get("points", ())) == 4:  # sigmoid's two curves of two steps
            msg = "the store refuses these\nand goes on about it"
            raise ValueError(msg)
        log(self, run_id, **all_of_it)

    monkeypatch.setattr(Tracking, "log", refusing)
    assert main([]) == 1
    said = capsys.readouterr()
    assert "2 runs of 1 sweep delivered, 1 not delivered" in said.out
    assert "sweepkey-sigmoid: the store refuses these\n" in said.err
    monkeypatch.setattr(Tracking, "log", log)
    assert main([]) == 0
    assert "1 run of 1 sweep delivered, 2 there already" in capsys.readouterr().out


def test_files_that_are_no_more_are_counted(three_at: Sweep, uri: str) -> None:
    folder: RunFolder = three_at.store.run(three_at.job("relu").identity)
    with folder.writer() as writer:
        lost = Outcome(RunState.FAILED, log="/nowhere/a.log")
        writer.append(Started(BEGAN_MS, 1, "h"), Ended(BEGAN_MS, lost))
    assert deliver(three_at.store, [folder], uri, "e") == Tally(delivered=1, files_lost=1)


def test_a_database_that_moved_along_is_refused_as_its_artifacts_are_elsewhere(
    three_at: Sweep,
    uri: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main([]) == 0
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.copytree(tmp_path / ".sweeps", moved / ".sweeps")
    for file in tmp_path.glob("mlflow.db*"):  # its write-ahead log too, as whoever moves a folder
        shutil.copy(file, moved)
    monkeypatch.chdir(moved)
    assert main([]) == 1
    assert f"it was made in {tmp_path} and keeps its artifacts there" in capsys.readouterr().err
    (moved / "mlflow.db").unlink()


def test_a_server_that_is_away_is_told_in_a_sentence(
    three_at: Sweep,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--to", "http://127.0.0.1:9"]) == 1
    assert capsys.readouterr().err == (
        "http://127.0.0.1:9, experiment e: can't be written: Connection refused\n"
    )


def test_the_summary_says_all_that_was_not_delivered() -> None:
    tally = Tally(delivered=1, present=2, running=3, deleted=4, files_lost=5, refused={"a": "b"})
    assert summary(tally, 1) == (
        "1 run of 1 sweep delivered, 2 there already, 3 running, left to their own launch,"
        " 4 deleted there, which stay so, 1 not delivered, 5 files of theirs lost before"
    )
