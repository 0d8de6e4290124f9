"""A real sweep that tests can disturb, and its end state to compare with an undisturbed one."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from mlflow import MlflowClient
from mlflow.entities import Run

from sweeps.replay import RunRecord
from sweeps.store import RunFolder, stores

GRID = (
    "-m",
    "activation=tanh,relu",
    "l2=0,0.001",
    "epochs=40",
    "early_stopping=none",
    "data.limit=4000",
    "hydra.launcher.checkpoint_seconds=0.02",
)
# What takes longer hangs: on a machine with much else to do, seconds become minutes.
PATIENCE_SECONDS = 300


@dataclass
class Sweep:
    """A sweep in a folder of its own, as a user types it; ends what it started."""

    folder: Path
    empty_store: Path
    arguments: Sequence[str] = GRID
    command: Sequence[str] = (sys.executable, "-m", "mlp.run")
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *more: str) -> subprocess.Popen[str]:
        """Start the command; a session of its own, so that a signal reaches no one else."""
        if not self.folder.exists():
            self.folder.mkdir()
            shutil.copy(self.empty_store, self.folder / "mlflow.db")
        process = subprocess.Popen(
            [*self.command, *self.arguments, *more],
            cwd=self.folder,
            env=os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{self.folder}/mlflow.db"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def run(self, *more: str) -> str:
        """Run the command to its good end, and give what it printed."""
        process = self.start(*more)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, said
        return said

    def runs(self) -> list[RunFolder]:
        return [run for store in stores(self.folder / ".sweeps") for run in store.runs()]

    def steps(self) -> int:
        """Count the epochs that all journals have."""
        return sum(len(run.record().curves.get("train_loss", {})) for run in self.runs())

    def wait(self, reached: Callable[[], bool]) -> None:
        """Wait until something holds."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not reached():
            assert time.monotonic() < end, "waited too long"
            time.sleep(0.002)

    def kill_all(self) -> None:
        """End what is still there of what was started, and only that."""
        for process in self.started:
            for pid in [process.pid, *workers(process.pid)]:
                kill(pid)
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def workers(parent: int) -> list[int]:
    """Give the processes that train for a launcher."""
    try:
        children = psutil.Process(parent).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [child.pid for child in children if _is_worker(child)]


def _is_worker(child: psutil.Process) -> bool:
    try:
        return "loky" in " ".join(child.cmdline()) and "resource_tracker" not in " ".join(
            child.cmdline()
        )
    except psutil.Error:
        return False


def kill(pid: int) -> None:
    """Kill one process, which may be gone."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def end_state(sweep: Sweep) -> dict[str, object]:
    """Give all of each run that must not depend on what happened to the sweep, by its name."""
    return {_name(run.record()): _numbers(run) for run in sweep.runs()}


def _name(record: RunRecord) -> str:
    assert record.definition is not None
    return record.definition.name + str(sorted(record.definition.params.items()))


def _numbers(run: RunFolder) -> object:
    record = run.record()
    assert record.outcome is not None
    with np.load(run.artifacts / "weights.npz") as weights:
        arrays = {name: weights[name].tobytes() for name in weights}
    curves = {
        metric: {step: point.value for step, point in curve.items()}
        for metric, curve in record.curves.items()
    }
    timed = {"seconds", "stack_size"}
    summary = {key: point.value for key, point in record.summary.items() if key not in timed}
    return (record.outcome.state, record.outcome.value, curves, summary, arrays)


def tracked(sweep: Sweep) -> list[Run]:
    """Give the runs that the MLflow store has, without the sweep's own."""
    client = MlflowClient(f"sqlite:///{sweep.folder}/mlflow.db")
    experiments = [one.experiment_id for one in client.search_experiments()]
    return list(client.search_runs(experiments, "tags.`sweeps.kind` = 'run'"))


def delivered(sweep: Sweep) -> dict[str, dict[str, list[tuple[int, float]]]]:
    """Give every point that the MLflow store has, as it has them, by run and metric."""
    client = MlflowClient(f"sqlite:///{sweep.folder}/mlflow.db")
    found = {}
    for run in tracked(sweep):
        name = run.data.tags["mlflow.runName"] + str(run.data.params["l2"])
        assert name not in found, "a run was delivered twice"
        assert run.info.status == "FINISHED"
        found[name] = {
            metric: [(p.step, p.value) for p in client.get_metric_history(run.info.run_id, metric)]
            for metric in run.data.metrics
            if metric not in ("seconds", "stack_size")
        }
    return found
