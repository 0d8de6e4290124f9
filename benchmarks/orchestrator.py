"""What the orchestrator costs a run: whole sweeps of our trainer, less the training itself.

    python benchmarks/orchestrator.py [RUNS ...]

Each sweep has 512 images and 3 epochs a run and delivers params, curves and weights to a new SQLite
store. The cost of a run is (T2 - T1) / (N2 - N1) of the two largest sweeps, where T is wall time
times cores, less the time in which the same stacks train by themselves on one core. The same is
given of CPU time, which other programs on the machine disturb less.
"""

import dataclasses
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from threadpoolctl import threadpool_limits

import sweeps
from mlp.compose import compose
from mlp.task import train

CORES = 2
IMAGES, EPOCHS = 512, 3
STACK = 32
RUNS = (10, 100, 1000)


@dataclass(frozen=True)
class Measured:
    """One sweep: seconds, and the parent's largest resident set in KB."""

    runs: int
    wall: float
    cpu: float
    peak: float


def measure(runs: int) -> Measured:
    """Run a sweep of so many runs in a new folder; raises if not all were delivered."""
    overrides = [f"data.limit={IMAGES}", f"epochs={EPOCHS}", f"l2=range(0,{runs})"]
    command = [sys.executable, "-m", "mlp.run", "-m", *overrides, f"sweep.workers={CORES}"]
    root = str(Path(__file__).parents[1])
    environment = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_TRACKING_URI": "sqlite:///mlflow.db",
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
    }
    before = _cpu()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        with Path(folder, "printed").open("wb") as printed:
            started = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=printed, stderr=printed
            )
            peak = _watch(started)
        wall = time.perf_counter() - began
        if started.returncode or _delivered(Path(folder, "mlflow.db")) != runs:
            raise RuntimeError(Path(folder, "printed").read_text(encoding="utf-8"))
    return Measured(runs, wall, _cpu() - before, peak)


def _cpu() -> float:
    """Seconds of CPU of all children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch(started: "subprocess.Popen[bytes]") -> float:
    peak = 0.0
    process = psutil.Process(started.pid)
    while started.poll() is None:
        try:
            peak = max(peak, process.memory_info().rss / 1024)
        except psutil.Error:
            break
        time.sleep(0.05)
    started.wait()
    return peak


def _delivered(database: Path) -> int:
    """Count the finished runs that have all of their loss curve."""
    with sqlite3.connect(database) as connection:
        (count,) = connection.execute(
            "select count(*) from (select m.run_uuid from metrics m join runs r using (run_uuid)"
            " where m.key = 'train_loss' and r.status = 'FINISHED'"
            " group by m.run_uuid having count(*) = ?)",
            (EPOCHS,),
        ).fetchone()
    return int(count)


def task_seconds() -> float:
    """Seconds of one core that a run takes in a stack by itself, with handles that do nothing."""
    shared = [f"data.limit={IMAGES}", f"epochs={EPOCHS}"]
    settings = [dataclasses.asdict(compose([*shared, f"l2={number}"])) for number in range(STACK)]
    with threadpool_limits(1):
        train(settings, [sweeps.Run()] * STACK)
        began = time.process_time()
        train(settings, [sweeps.Run()] * STACK)
    return (time.process_time() - began) / STACK


def main() -> None:
    """Measure and print."""
    counts = sorted(int(argument) for argument in sys.argv[1:]) or list(RUNS)
    task = task_seconds()
    print(f"the task itself: {1000 * task:.1f} ms a run in stacks of {STACK}; beside it:")
    measured = []
    for runs in counts:
        one = measure(runs)
        measured.append(one)
        print(
            f"{runs:5d} runs: {one.wall:7.1f} s, {one.cpu:7.1f} s of CPU,"
            f" {1000 * (one.wall * CORES / runs - task):7.1f} ms of core time a run,"
            f" parent {one.peak / 1024:.0f} MB",
            flush=True,
        )
    if len(measured) > 1:
        few, many = measured[-2:]
        more = many.runs - few.runs
        print(
            f"a further run: {1000 * ((many.wall - few.wall) * CORES / more - task):.1f} ms of core"
            f" time, {1000 * ((many.cpu - few.cpu) / more - task):.1f} ms of CPU,"
            f" {(many.peak - few.peak) / more:.1f} KB of the parent's memory"
        )


if __name__ == "__main__":
    main()
