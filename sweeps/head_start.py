"""A head start for worker processes: they begin, and import, while the sweep is still planned."""

import importlib
import os
import signal
import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from typing import Any

from sweeps.orphan import end_after
from sweeps.settings import usable_cpus

# loky's pool is one in a process, and so is its start.
_starting: threading.Thread | None = None


def begin(workers: int | None, modules: Iterable[str] = ()) -> None:
    """Start so many workers, by default as many as CPUs, which import `modules`; wait for nothing.

    The first call counts. What can't be imported is the run's failure, when it comes to that, and
    none of this.
    """
    global _starting  # noqa: PLW0603 - see there
    if _starting is not None:
        return
    _starting = threading.Thread(
        target=_start, args=(workers, ("sweeps.pool", *modules)), daemon=True
    )
    _starting.start()


def over() -> None:
    """Wait until the start is over, if there was one: two at a time would make two pools."""
    if _starting is not None:
        _starting.join()


def on_this_machine() -> AbstractContextManager[Any]:
    """Configure joblib; equal settings find the workers that are there, one BLAS thread each.

    They are kept for the next launch, and so is their folder; other initargs are others' pool.
    """
    from joblib import parallel_config

    settled = {"initializer": _settle, "initargs": (os.getcwd(), os.getpid())}
    config: AbstractContextManager[Any] = parallel_config(
        backend="loky", inner_max_num_threads=1, **settled
    )
    return config


def processes(workers: int) -> int:
    """Give joblib's n_jobs for so many workers.

    joblib runs n_jobs=1 in this very process, which a run must not be able to kill: one at a time
    is a pool of two of which one is given work.
    """
    return max(workers, 2)


def _start(workers: int | None, modules: tuple[str, ...]) -> None:
    with suppress(Exception):  # the sweep itself will meet it
        from joblib import Parallel, delayed

        width = processes(workers or usable_cpus())
        with on_this_machine():
            Parallel(n_jobs=width, batch_size=1)(delayed(_import)(modules) for _ in range(width))


def _settle(folder: str, launcher: int) -> None:
    """Begin as a worker of `launcher`, a process of this machine, in its folder."""
    os.chdir(folder)
    # Ctrl-C reaches the whole terminal; the launcher alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_after(launcher)


def _import(modules: tuple[str, ...]) -> None:
    for module in modules:
        with suppress(Exception):
            importlib.import_module(module)
