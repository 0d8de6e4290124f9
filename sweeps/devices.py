"""Which device a worker computes on: one of its own, for as long as its process lives.

A library reads CUDA_VISIBLE_DEVICES once in a process, so a device belongs to the process and not
to a run. Who has which is said by file locks, which go with the process however it dies.
"""

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

# A worker that replaces one that is just ending finds no free device for a moment.
_PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Devices:
    """The devices of each machine and how many workers share them; `pool` names those workers."""

    names: tuple[str, ...] = ()
    workers: int = 1
    pool: str = ""

    def take(self) -> str | None:
        """Make one this process's own; None if there are none to choose from.

        No two processes have the same one, unless there are more workers than devices.
        """
        if not self.names:
            return None
        if self not in _taken:
            _taken[self] = self._take()
        name, _ = _taken[self]
        os.environ["CUDA_VISIBLE_DEVICES"] = name
        return name

    def _take(self) -> tuple[str, "BaseFileLock"]:
        from filelock import FileLock, Timeout

        folder = Path(tempfile.gettempdir(), f"sweepstack-devices-{self.pool}")
        folder.mkdir(exist_ok=True)
        end = time.monotonic() + _PATIENCE_SECONDS
        shares = max(1, -(-self.workers // len(self.names)))
        while True:
            for share in range(shares):
                for place, name in enumerate(self.names):
                    lock = FileLock(folder / f"{place}-{share}", thread_local=False)
                    try:
                        lock.acquire(timeout=0)
                    except Timeout:
                        continue
                    return name, lock
            if time.monotonic() > end:
                shares += 1
            time.sleep(_PAUSE_SECONDS)


NO_DEVICES = Devices()
_taken: dict[Devices, tuple[str, "BaseFileLock"]] = {}
