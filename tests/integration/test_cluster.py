"""A sweep on a real Dask cluster, whose workers have no folder in common with the launcher."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from sweeps.replay import RunRecord
from sweeps.store import stores
from tests.integration.disturbed import PATIENCE_SECONDS

pytest.importorskip("distributed")

APP = """
import time
from pathlib import Path

import hydra
import numpy as np

import sweeps


@hydra.main(config_path=None, version_base="1.3")
def main(config):
    run = sweeps.current_run()
    state = run.restore() or {"weights": np.zeros((50, 50)), "step": 0}
    weights = state["weights"]
    for step in range(state["step"] + 1, config.steps + 1):
        weights = 0.9 * weights + np.random.default_rng([config.seed, step]).normal(size=(50, 50))
        weights = np.tanh(weights @ weights.T / 50)
        run.log(step, {"norm": float(np.linalg.norm(weights))})
        run.checkpoint({"weights": weights, "step": step})
        time.sleep(config.pause)
    print("printed by the task")
    Path("written.txt").write_text("written by the task")
    np.save("weights.npy", weights)
    run.artifact(Path("weights.npy"))
    return weights[0].tolist()


main()
"""
KILLER = """
import os

import hydra


@hydra.main(config_path=None, version_base="1.3")
def main(config):
    if config.seed == 1:
        os._exit(1)


main()
"""
GRID = (
    "-m",
    "hydra/launcher=sweepstack",
    "hydra/sweeper=sweepstack",
    "hydra.launcher.checkpoint_seconds=0",
    "hydra.job.chdir=true",
    "+seed=0,1,2,3",
    "+steps=40",
    "+pause=0.05",
)


@pytest.fixture
def launcher(tmp_path: Path, empty_store: Path) -> Path:
    return place(tmp_path / "launcher", APP, empty_store)


def place(folder: Path, app: str, store: Path) -> Path:
    folder.mkdir()
    (folder / "app.py").write_text(app)
    shutil.copyfile(store, folder / "mlflow.db")
    return folder


def start(folder: Path, *command: str, **environment: str) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env=os.environ | environment,
            stdout=output,
            stderr=output,
        )


@contextmanager
def running(
    folder: Path, *options: str, allowed_failures: int = 3
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, each in a folder of its own; gives its address."""
    file = folder / "scheduler" / "scheduler.json"
    started = [
        start(
            file.parent,
            *("-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
            *("--scheduler-file", str(file)),
            DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=str(allowed_failures),
        )
    ]
    try:
        until(file.exists)
        address = str(json.loads(file.read_text())["address"])
        workers = [
            start(
                folder / f"worker-{number}",
                *("-m", "dask", "worker", address, "--host", "127.0.0.1", "--nthreads", "1"),
                *("--no-dashboard", "--local-directory", str(folder / f"d{number}"), *options),
            )
            for number in (1, 2)
        ]
        started += workers
        yield address, workers
    finally:
        for one in reversed(started):
            one.terminate()
            one.wait(PATIENCE_SECONDS)


def until(is_so: object) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    assert callable(is_so)
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def command(*overrides: str) -> list[str]:
    return [sys.executable, "app.py", *GRID, *overrides]


def on(address: str) -> Sequence[str]:
    return "hydra.launcher.backend=dask", f"hydra.launcher.dask_address={address}"


def sweep(folder: Path, *overrides: str) -> str:
    ended = subprocess.run(
        command(*overrides), cwd=folder, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def records(folder: Path) -> dict[str, RunRecord]:
    found = [run.record() for store in stores(folder / ".sweeps") for run in store.runs()]
    return {one.definition.name: one for one in found if one.definition}


def numbers(folder: Path) -> dict[str, object]:
    """Give each run's value and curve, and the bytes of its artifact."""
    files = {
        run.record().definition.name: (run.artifacts / "weights.npy").read_bytes()
        for store in stores(folder / ".sweeps")
        for run in store.runs()
    }
    return {
        name: (
            record.outcome.value if record.outcome else None,
            {step: point.value for step, point in record.curves["norm"].items()},
            files[name],
        )
        for name, record in records(folder).items()
    }


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
@pytest.mark.slow
@pytest.mark.long
def test_a_sweep_loses_nothing_with_a_worker_of_its_cluster(
    launcher: Path, tmp_path: Path, empty_store: Path
) -> None:
    alone = place(tmp_path / "alone", APP, empty_store)
    sweep(alone, "hydra.launcher.workers=2")
    with running(tmp_path, "--no-nanny") as (address, workers):
        with subprocess.Popen(command(*on(address)), cwd=launcher) as sweeping:
            until(
                lambda: any(
                    one.started and one.started.pid == workers[0].pid and one.checkpoints
                    for one in records(launcher).values()
                )
            )
            workers[0].send_signal(signal.SIGKILL)
            assert sweeping.wait(PATIENCE_SECONDS) == 0
        assert "4 reused" in sweep(launcher, *on(address))
    resumed = [one.restored_step for one in records(launcher).values()]
    assert any(step is not None and step > 0 for step in resumed)
    assert numbers(launcher) == numbers(alone)
    assert len(numbers(launcher)) == 4
    written = list(launcher.glob("multirun/*/*/*/written.txt"))
    assert len(written) == 4
    for path in written:
        assert "printed by the task" in (path.parent / "app.log").read_text()
        assert (path.parent / ".hydra" / "config.yaml").exists()


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
@pytest.mark.slow
def test_a_run_that_kills_every_worker_is_given_up_and_the_others_finish(
    launcher: Path, tmp_path: Path
) -> None:
    (launcher / "app.py").write_text(KILLER)
    # Every failure that the scheduler allows for is a worker that has to be started again.
    with running(tmp_path, allowed_failures=0) as (address, _):
        command = ["app.py", *GRID[:3], *on(address), "hydra.launcher.attempts=1", "+seed=0,1,2"]
        ended = subprocess.run(
            [sys.executable, *command], cwd=launcher, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 1
    assert "1 of 3 runs did not finish" in ended.stderr
    states = {name: one.outcome and one.outcome.state for name, one in records(launcher).items()}
    assert states == {"seed=0": "finished", "seed=1": "failed", "seed=2": "finished"}
    outcome = records(launcher)["seed=1"].outcome
    assert outcome is not None
    assert "its worker died" in outcome.reason


def test_an_address_where_nobody_answers_is_one_sentence(launcher: Path) -> None:
    ended = subprocess.run(
        command(*on("tcp://127.0.0.1:1")), cwd=launcher, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "no Dask scheduler answers at hydra.launcher.dask_address=tcp://127.0.0.1:1" in (
        ended.stderr
    )
    assert "Traceback" not in ended.stderr
