"""Processes that draw while this one reads: matplotlib is slow, and figures need nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context


@contextmanager
def drawers(workers: int | None = None) -> Iterator[Executor | None]:
    """Give a pool of `workers` processes, or one for each CPU; None for one worker: this process.

    They import what they need while others work.
    """
    if workers is None:
        mine = getattr(os, "sched_getaffinity", None)
        workers = (os.cpu_count() or 1) if mine is None else len(mine(0))
    if workers == 1:
        yield None
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for _ in range(workers):
            pool.submit(_prepare)
        yield pool


def _prepare() -> None:
    import analysis.output.drawing  # noqa: F401 - imported so that it is there
    from analysis.figures.typeface import registered

    registered()
