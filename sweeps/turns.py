"""Launches that share a folder of journals take turns at making runs in MLflow.

MLflow has no "make it unless it is there": two sweeps that share a run would both look for it, not
find it, and both make it.
"""

from contextlib import AbstractContextManager
from pathlib import Path

from filelock import FileLock

_PATIENCE_SECONDS = 60.0


def turn(store: Path) -> AbstractContextManager[object]:
    """Hold the turn, as no other process that delivers from `store`; raises OSError after a minute.

    The lock goes with the process that holds it, however that ends.
    """
    return FileLock(store / "delivering.lock", timeout=_PATIENCE_SECONDS)
