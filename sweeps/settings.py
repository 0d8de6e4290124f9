"""What can be set, as `hydra.launcher.NAME` and `hydra.sweeper.NAME`.

Hydra imports this at every start, so nothing heavy may be imported here.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

REUSE = ("experiment", "all", "none")
RETRY = ("none", "failed")
BACKENDS = ("loky", "dask")


@dataclass
class LauncherSettings:
    """The launcher's settings.

    name: what the sweep is called; None derives it from the fixed overrides and swept keys.
    workers: processes that run jobs; None takes the CPUs that this process may use.
    dry_run: print the plan and stop.
    experiment: MLflow experiment; None takes hydra.job.name.
    tracking_uri: MLflow store; None takes MLFLOW_TRACKING_URI or MLflow's default.
    store: folder of the journals, relative to the working folder.
    reuse: which finished runs are reused: those of this `experiment`, of `all` experiments here, or
       of `none` but this sweep itself.
    rerun: train everything again, beside what is finished.
    retry: `failed` trains failed runs again; `none` leaves them as they are.
    accept_code: a code fingerprint whose runs are reused as if the code were still the same, after
       an edit known to be harmless.
    fail_fast: stop at the first failure.
    timeout: seconds without a sign of life after which a run's worker is ended; None waits.
    backend: `loky` runs jobs in processes on this machine, `dask` on a Dask cluster.
    dask_address: of the cluster's scheduler, such as tcp://10.0.0.5:8786.
    devices: numbers or names of this machine's devices; each worker sees one of them alone, as
       CUDA_VISIBLE_DEVICES, which only more workers than devices share; None changes nothing.
    attempts: how often a run whose worker died is tried in all.
    checkpoint_seconds: the least time between two checkpoints of a run.
    memory_per_worker: what the runs of one stack may fill, by the need that their task declares:
       bytes, or a text such as 2GB or 500MiB; None is a fair share of what the machine has
       available.
    profile: say after the table where the wall time went.
    """

    name: str | None = None
    workers: int | None = None
    dry_run: bool = False
    experiment: str | None = None
    tracking_uri: str | None = None
    store: str = ".sweeps"
    reuse: str = "experiment"
    rerun: bool = False
    retry: str = "none"
    accept_code: str | None = None
    fail_fast: bool = False
    timeout: float | None = None
    backend: str = "loky"
    dask_address: str | None = None
    devices: list[str] | None = None
    attempts: int = 3
    checkpoint_seconds: float = 10.0
    memory_per_worker: int | str | None = None
    profile: bool = False


@dataclass
class SweeperSettings:
    """The sweeper's settings.

    max_batch_size: jobs planned and launched at a time; None plans the whole grid.
    params: swept keys and their values, as on the command line.
    """

    max_batch_size: int | None = None
    params: dict[str, Any] | None = None


def faults(settings: LauncherSettings) -> Sequence[str]:
    """Say what is wrong with the values, one sentence each."""
    found = []
    if settings.workers is not None and settings.workers < 1:
        found.append(f"workers={settings.workers} is not allowed: workers is 1 or more, or null")
    if settings.attempts < 1:
        found.append(f"attempts={settings.attempts} is not allowed: attempts is 1 or more")
    if settings.checkpoint_seconds < 0:
        found.append(
            f"checkpoint_seconds={settings.checkpoint_seconds} is not allowed: 0 or more seconds"
        )
    if settings.memory_per_worker is not None:
        found += _memory_faults(settings.memory_per_worker)
    if settings.timeout is not None and settings.timeout <= 0:
        found.append(f"timeout={settings.timeout} is not allowed: seconds above 0, or null")
    if settings.backend == "dask":
        found += _dask_faults(settings)
    for key, allowed in (("reuse", REUSE), ("retry", RETRY), ("backend", BACKENDS)):
        value = getattr(settings, key)
        if value not in allowed:
            found.append(f"{key}={value} is not allowed: {key} is one of {', '.join(allowed)}")
    return found


def _memory_faults(amount: int | str) -> Sequence[str]:
    from sweeps.memory import parse

    try:
        parse(amount)
    except ValueError:
        allowed = "bytes as a number, a text such as 2GB or 500MiB, or null"
        return [f"memory_per_worker={amount} is not allowed: {allowed}"]
    return []


def _dask_faults(settings: LauncherSettings) -> Sequence[str]:
    if find_spec("distributed") is None:
        return ["backend=dask needs Dask: pip install 'sweepstack[dask]'"]
    found = []
    if settings.dask_address is None:
        found.append("dask_address=null is not allowed with backend=dask: give the scheduler's")
    if settings.timeout is not None:
        found.append("timeout can't be kept with backend=dask: a worker there is not ours to end")
    return found


def usable_cpus() -> int:
    """Count the CPUs this process may use: affinity, cgroup quota and SLURM_CPUS_PER_TASK."""
    from joblib import cpu_count

    allowed = os.environ.get("SLURM_CPUS_PER_TASK", "")
    cpus = int(cpu_count())
    return min(cpus, int(allowed)) if allowed.isdigit() and int(allowed) > 0 else cpus
