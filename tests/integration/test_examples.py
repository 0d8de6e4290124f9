"""The examples as a user runs them: swept, repeated, killed and gone on with, read from MLflow."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from sweeps.store import RunFolder, stores
from tests.integration.disturbed import PATIENCE_SECONDS

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OURS = ("-m", "hydra/launcher=sweepstack", "hydra/sweeper=sweepstack")


@pytest.fixture(autouse=True)
def store(tmp_path: Path, empty_store: Path) -> None:
    """Spare each case the seconds in which MLflow makes its tables."""
    for folder in (tmp_path, tmp_path / "undisturbed", tmp_path / "killed"):
        folder.mkdir(exist_ok=True)
        shutil.copyfile(empty_store, folder / "mlflow.db")


def command(script: Path, overrides: Sequence[str]) -> list[str]:
    return [sys.executable, str(script), *OURS, "hydra.launcher.workers=2", *overrides]


def sweep(script: str, folder: Path, *overrides: str) -> str:
    """Run it in `folder`; gives what it printed."""
    ended = subprocess.run(
        command(EXAMPLES / script, overrides),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    printed = ended.stdout + ended.stderr
    assert ended.returncode == 0, printed
    return printed


def delivered(folder: Path) -> list[Run]:
    """Give the runs that MLflow has, without those of sweeps."""
    client = MlflowClient(f"sqlite:///{(folder / 'mlflow.db').as_posix()}")
    experiments = [one.experiment_id for one in client.search_experiments()]
    return list(client.search_runs(experiments, "tags.`sweeps.kind` = 'run'"))


def journals(folder: Path) -> list[RunFolder]:
    return [run for store in stores(folder / ".sweeps") for run in store.runs()]


def killed_in_the_middle(script: str, folder: Path, step: int, *overrides: str) -> None:
    """Run it until one of its runs has a checkpoint of `step` or later, then pull the plug."""
    with subprocess.Popen(
        command(EXAMPLES / script, overrides),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and running.poll() is None:
            records = [run.headline() for run in journals(folder)]
            if any(
                one.outcome is None and one.checkpoints and one.checkpoints[0].step >= step
                for one in records
            ):
                break
            time.sleep(0.05)
        assert running.poll() is None, "it ended before it could be killed"
        os.killpg(running.pid, signal.SIGKILL)


def values(folder: Path) -> dict[str, object]:
    outcomes = {run.identity: run.headline().outcome for run in journals(folder)}
    return {name: outcome.value if outcome else None for name, outcome in outcomes.items()}


def test_a_plain_script_is_swept_and_swept_again(tmp_path: Path) -> None:
    grid = ("learning_rate=0.1,0.5", "steps=20")
    sweep("plain.py", tmp_path, *grid)
    runs = delivered(tmp_path)
    assert {run.data.params["learning_rate"] for run in runs} == {"0.1", "0.5"}
    assert {run.info.status for run in runs} == {"FINISHED"}
    best = min(run.data.metrics["value"] for run in runs)
    assert best == pytest.approx(0, abs=1e-12)
    assert "2 reused" in sweep("plain.py", tmp_path, *grid)
    assert "1 run to train" in sweep("plain.py", tmp_path, "learning_rate=0.1,0.2", "steps=20")
    assert len(delivered(tmp_path)) == 3


def test_what_a_script_prints_is_in_its_log_and_not_on_the_terminal(tmp_path: Path) -> None:
    printed = sweep("plain.py", tmp_path, "learning_rate=0.1")
    assert "x = " not in printed
    (log,) = tmp_path.glob("multirun/*/*/0/plain.log")
    assert log.read_text().count("x = ") == 20


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="kills a process group")
@pytest.mark.parametrize(
    ("script", "curve", "grid"),
    [
        ("scikit_learn.py", "validation_accuracy", ("alpha=0.001,0.1", "epochs=60")),
        ("pytorch.py", "loss", ("learning_rate=0.01,0.1", "epochs=60")),
    ],
)
def test_a_script_with_the_handle_goes_on_where_it_was_killed(
    tmp_path: Path, script: str, curve: str, grid: tuple[str, ...]
) -> None:
    if script == "pytorch.py":
        pytest.importorskip("torch")
    fast = (*grid, "hydra.launcher.checkpoint_seconds=0")
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    sweep(script, undisturbed, *fast)
    killed_in_the_middle(script, killed, 5, *fast)
    sweep(script, killed, *fast)
    resumed = [run.record().restored_step for run in journals(killed)]
    assert any(step is not None and step >= 5 for step in resumed)
    assert values(killed) == values(undisturbed)
    client = MlflowClient(f"sqlite:///{(killed / 'mlflow.db').as_posix()}")
    for run in delivered(killed):
        steps = [point.step for point in client.get_metric_history(run.info.run_id, curve)]
        assert sorted(steps) == list(range(1, 61))
