"""Status, deliver and clean on real sweeps, in processes and stores of their own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.integration.disturbed import PATIENCE_SECONDS
from tests.integration.housekeeping_app import STEPS

APP = Path(__file__).with_name("housekeeping_app.py")
OURS = ("hydra/launcher=sweepstack", "hydra/sweeper=sweepstack", "hydra.launcher.workers=2")
EXACT = "hydra.launcher.checkpoint_seconds=0"


@pytest.fixture(autouse=True)
def no_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", **more}


def sweep(folder: Path, *overrides: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Type a sweep in a folder."""
    command = [sys.executable, "app.py", "-m", *OURS, EXACT, *overrides]
    return subprocess.run(
        command, cwd=folder, env=environment(**more), capture_output=True, text=True, check=False
    )


def command(folder: Path, name: str, *arguments: str, **more: str) -> str:
    """Run one of the orchestrator's commands in a folder, and give what it prints."""
    ended = subprocess.run(
        [sys.executable, "-m", f"sweeps.{name}", *arguments],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def trained(ended: subprocess.CompletedProcess[str]) -> int:
    """Give how many runs a launch said that it had to train."""
    assert "Traceback" not in ended.stderr, ended.stderr
    said = re.search(r"nothing to train|(\d+) runs? to train", ended.stderr)
    assert said is not None, ended.stderr
    return int(said[1] or 0)


def status(folder: Path, **more: str) -> dict[str, Any]:
    """Give the one sweep of a folder."""
    [one] = json.loads(command(folder, "status", "--json", **more))
    return dict(one)


def counts(one: dict[str, Any]) -> dict[str, int]:
    keys = ("done", "failed", "interrupted", "running", "missing", "removed")
    return {key: one[key] for key in keys if one[key]}


def contents(uri: str) -> dict[str, dict[str, Any]]:
    """Read everything of an experiment that must be equal in any store, by the run's name."""
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("app")
    assert experiment is not None
    found = {}
    for run in client.search_runs([experiment.experiment_id]):
        run_id = run.info.run_id
        files = {}
        for path in [item.path for item in client.list_artifacts(run_id)]:
            files[path] = Path(client.download_artifacts(run_id, path)).read_bytes()
        tags = {key: value for key, value in run.data.tags.items() if "parentRunId" not in key}
        found[run.info.run_name] = {
            "params": run.data.params,
            "tags": tags,
            "files": files,
            "status": run.info.status,
            "start": run.info.start_time,
            "end": run.info.end_time,
            "curves": {
                key: sorted(
                    (point.step, point.timestamp, point.value)
                    for point in client.get_metric_history(run_id, key)
                )
                for key in run.data.metrics
            },
            "parent": run.data.tags.get("mlflow.parentRunId"),
            "id": run_id,
        }
    return found


def losses(x: int, seed: int = 0) -> list[float]:
    state = np.ones(3) / x
    return [float((state := np.cos(state * 1.7 + seed)).sum()) for _ in range(STEPS)]


def without(one: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key not in keys}


@pytest.mark.slow
@pytest.mark.long
def test_a_moved_folder_has_everything_but_for_its_store_and_goes_on(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    shutil.copy(APP, old / "app.py")
    uri = f"sqlite:///{(old / 'mlflow.db').as_posix()}"

    assert sweep(old, "x=1,0,2").returncode == 1
    first = status(old)
    assert counts(first) == {"done": 2, "failed": 1}
    assert first["commands"][0].endswith("x=1,0,2 hydra.launcher.retry=failed")

    # A wider grid, stopped in the middle of the new run.
    running = subprocess.Popen(
        [sys.executable, "app.py", "-m", *OURS, EXACT, "x=1,0,2,3"],
        cwd=old,
        env=environment(PAUSE="0.3"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seen = _until_running(old, running)
    assert counts(seen) == {"done": 2, "failed": 1, "running": 1}
    running.send_signal(signal.SIGINT)
    assert running.wait(PATIENCE_SECONDS) != 0
    stopped = status(old)
    assert counts(stopped) == {"done": 2, "failed": 1, "interrupted": 1}
    assert not stopped["complete"]
    before = contents(uri)
    assert {one["status"] for one in before.values()} == {"FINISHED", "FAILED", "KILLED"}

    shutil.move(old, new)
    (new / "mlflow.db").unlink()
    shutil.rmtree(new / "mlruns")
    assert "4 runs of 1 sweep delivered" in command(new, "deliver")
    moved = f"sqlite:///{(new / 'mlflow.db').as_posix()}"
    after = contents(moved)
    ids = ("id", "parent")
    [parent] = [name for name, one in after.items() if one["parent"] is None]
    assert set(after) == set(before)
    for name in set(before) - {parent}:
        assert without(after[name], ids) == without(before[name], ids), name
        assert after[name]["parent"] == after[parent]["id"]
        assert "app.log" in after[name]["files"]
    assert after[parent]["files"].keys() == before[parent]["files"].keys()
    assert after[parent]["tags"] == before[parent]["tags"]
    last = {key: curve[-1][2] for key, curve in before[parent]["curves"].items()}
    assert {key: curve[-1][2] for key, curve in after[parent]["curves"].items()} == last

    # Delivering once more changes nothing.
    assert "0 runs of 1 sweep delivered, 4 there already" in command(new, "deliver")
    assert contents(moved) == after

    # The command that status names there completes it: nothing is trained but what was missing.
    assert counts(status(new)) == {"done": 2, "failed": 1, "interrupted": 1}
    again = sweep(new, "x=1,0,2,3")
    assert trained(again) == 1
    whole = contents(moved)
    assert set(whole) == set(after)
    for name in ("x=1 seed=0", "x=2 seed=0"):
        assert whole[name] == after[name]
    resumed = whole["x=3 seed=0"]
    assert resumed["status"] == "FINISHED"
    assert resumed["tags"]["sweeps.attempts"] == "2"
    assert [(step, value) for step, _, value in resumed["curves"]["loss"]] == list(
        enumerate(losses(3), 1)
    )
    assert float(np.frombuffer(resumed["files"]["state.npy"]).sum()) == losses(3)[-1]
    assert counts(status(new)) == {"done": 3, "failed": 1}


@pytest.mark.slow
@pytest.mark.long
def test_what_is_deleted_in_mlflow_is_forgotten_until_it_is_restored(
    tmp_path: Path, mlflow_store: str
) -> None:
    from mlflow import MlflowClient

    shutil.copy(APP, tmp_path / "app.py")
    shutil.copy(mlflow_store.removeprefix("sqlite:///"), tmp_path / "mlflow.db")
    uri = f"sqlite:///{(tmp_path / 'mlflow.db').as_posix()}"
    client = MlflowClient(uri)
    assert sweep(tmp_path, "x=1,2").returncode == 0
    runs = contents(uri)
    one, two = runs["x=1 seed=0"], runs["x=2 seed=0"]

    client.update_run(two["id"], name="the good one")
    client.set_tag(two["id"], "note", "keep")
    client.delete_run(one["id"])
    assert counts(status(tmp_path)) == {"done": 1, "missing": 1}
    command(tmp_path, "deliver")
    assert "x=1 seed=0" not in contents(uri)

    client.restore_run(one["id"])
    assert counts(status(tmp_path)) == {"done": 2}
    assert trained(sweep(tmp_path, "x=1,2")) == 0

    client.delete_run(one["id"])
    assert trained(sweep(tmp_path, "x=1,2")) == 1
    assert counts(status(tmp_path)) == {"done": 2}
    anew = contents(uri)
    assert anew["x=1 seed=0"]["id"] != one["id"]
    assert anew["x=1 seed=0"]["tags"]["sweeps.identity"].endswith(".2")
    assert anew["the good one"]["id"] == two["id"]
    assert anew["the good one"]["curves"] == two["curves"]

    # What is removed here stays there, and a sweep that wants it again does not add to it.
    assert "2 " in command(tmp_path, "clean")
    assert (tmp_path / ".sweeps" / "app" / "runs" / two["tags"]["sweeps.identity"]).exists()
    command(tmp_path, "clean", "--yes")
    assert not list((tmp_path / ".sweeps" / "app" / "runs").iterdir())
    assert not list((tmp_path / "multirun").rglob("app.log"))
    assert contents(uri)["the good one"]["curves"] == two["curves"]
    assert trained(sweep(tmp_path, "x=1,2")) == 2
    assert contents(uri)["the good one"]["curves"] == two["curves"]
    assert len(contents(uri)["x=2 seed=0"]["curves"]["loss"]) == STEPS


def _until_running(folder: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Wait until a worker is at a run of the sweep and has logged some steps."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < patience and process.poll() is None:
        seen = status(folder)
        if seen["running"]:
            time.sleep(1.5)
            return status(folder)
        time.sleep(0.2)
    pytest.fail("the sweep did not begin")
