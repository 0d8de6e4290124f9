"""Timing one contender's whole command, from its start to its exit, in a folder of its own.

The folder has an MLflow store with its tables and an experiment; the images are in the cache. What
the command wrote is checked: all runs finished, with all points of their curves.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psutil
from contenders import FOLDER, Contender
from work import METRICS

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "benchmark"
STORE = "mlflow.db"
# Held to AVX2: the products of NumPy's and SciPy's OpenBLAS, and of PyTorch's MKL and oneDNN.
AVX2 = {
    "OPENBLAS_CORETYPE": "Haswell",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
}
# Each of these would change which kernel runs, or on how many threads.
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")
UNSET = (*AVX2, "OPENBLAS_L2_SIZE", *THREADS)


class Timed(NamedTuple):
    """One command: seconds, and its runs' mean test accuracy."""

    seconds: float
    test_accuracy: float


def environment(*, avx2: bool) -> dict[str, str]:
    """Return this process's environment with the kernels set, and without what else sets them."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    return {
        **kept,
        **(AVX2 if avx2 else {}),
        "MLFLOW_TRACKING_URI": f"sqlite:///{STORE}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "RAY_USAGE_STATS_ENABLED": "0",
        # As nice as the others: where the machine is shared, its workers would wait.
        "RAY_worker_niceness": "0",
        "RAY_CHDIR_TO_TRIAL_DIR": "0",
    }


class Stopwatch:
    """Runs commands below `shared`, where a store lies ready to be copied for each."""

    def __init__(self, shared: Path, *, avx2: bool) -> None:
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        os.environ["MLFLOW_LOGGING_LEVEL"] = "WARNING"
        self._shared = shared
        self._environment = environment(avx2=avx2)
        self._client(shared).search_experiments()  # makes the tables

    def time(self, contender: Contender, command: list[str], runs: int, epochs: int) -> Timed:
        """Run a command and check what it wrote.

        Raises:
            RuntimeError: if it failed, or not all runs and points are in the store.
        """
        return self._run(contender, command, runs, epochs, _wait)

    def memory(
        self, contender: Contender, command: list[str], runs: int, epochs: int
    ) -> tuple[float, float]:
        """Run a command; return the largest resident sets in MB: its own, and any child's.

        They are looked at twenty times a second, so that this is no way to time it. A set counts
        mapped files: where the images are mapped, they are in each process's.
        """
        largest = Largest()
        self._run(contender, command, runs, epochs, largest.follow)
        return largest.parent / 2**20, largest.child / 2**20

    def peaks(self, cores: int, libraries: Sequence[str]) -> tuple[str, dict[str, list[float]]]:
        """Return NumPy's kernel, and each library's operations a second: one core, all at once."""
        script = str(FOLDER / "peak.py")
        told = subprocess.run(
            [sys.executable, script, "--json", f"--cores={cores}", "--libraries", *libraries],
            env=self._environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        found = json.loads(told.stdout)
        return found["kernel"], found["peaks"]

    def _run(
        self,
        contender: Contender,
        command: list[str],
        runs: int,
        epochs: int,
        wait: Callable[["subprocess.Popen[bytes]"], None],
    ) -> Timed:
        own = {
            name: value.format(shared=self._shared) for name, value in contender.environment.items()
        }
        folder = Path(tempfile.mkdtemp(dir=self._shared))
        shutil.copy(self._shared / STORE, folder)
        self._client(folder).create_experiment(
            EXPERIMENT, artifact_location=(folder / "mlruns").as_uri()
        )
        printed = folder / "printed"
        with printed.open("wb") as output:
            began = time.perf_counter()
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=self._environment | own,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            wait(process)
            seconds = time.perf_counter() - began
        accuracy = _accuracy(folder / STORE, runs, epochs, curves=contender.curves)
        if process.returncode or accuracy is None:
            msg = f"{contender.title} failed, or left no full record:\n{_tail(printed)}"
            raise RuntimeError(msg)
        shutil.rmtree(folder, ignore_errors=True)
        return Timed(seconds, accuracy)

    def _client(self, folder: Path) -> "MlflowClient":
        from mlflow import MlflowClient

        return MlflowClient(f"sqlite:///{(folder / STORE).as_posix()}")


def _wait(process: "subprocess.Popen[bytes]") -> None:
    process.wait()


class Largest:
    """The largest resident sets of a process and of any of those that it started, in bytes."""

    def __init__(self) -> None:
        self.parent = 0
        self.child = 0

    def follow(self, process: "subprocess.Popen[bytes]") -> None:
        """Look until the process has ended."""
        parent = psutil.Process(process.pid)
        while process.poll() is None:
            self.parent = max(self.parent, _resident(parent))
            with suppress(psutil.Error):
                children = parent.children(recursive=True)
                self.child = max([self.child, *map(_resident, children)])
            time.sleep(0.05)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _accuracy(store: Path, runs: int, epochs: int, *, curves: bool) -> float | None:
    """Return the mean test accuracy of the runs, or None if a run or a point is missing."""
    with closing(sqlite3.connect(store)) as connection:
        points = dict(
            connection.execute(
                "select m.key, count(*) from metrics m join runs r using (run_uuid)"
                " where r.status = 'FINISHED' group by m.key"
            )
        )
        (accuracy,) = connection.execute(
            "select avg(value) from metrics where key = 'test_accuracy'"
        ).fetchone()
    whole = not curves or all(points.get(metric) == runs * epochs for metric in METRICS)
    return float(accuracy) if whole and points.get("test_accuracy") == runs else None


def _tail(printed: Path) -> str:
    return "\n".join(printed.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
