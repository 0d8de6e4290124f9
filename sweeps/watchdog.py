"""Ends the workers of runs that give no sign of life: a hung run is treated as a dead worker."""

import os
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sweeps.journal import is_held
from sweeps.store import RunFolder
from sweeps.watch import Followed, Watcher


class Watchdog:
    """Watches the journals of a launch's runs while the context lasts.

    A worker is killed when every run it has begun for this launch was silent for `seconds`: the
    members of a stack that wait for each other's step are not hung.
    """

    def __init__(self, folders: Iterable[RunFolder], launch: str, seconds: float) -> None:
        self._watcher = Watcher(folders)
        self._launch = launch
        self._seconds = seconds
        # By this process's own clock: the machine's may step.
        self._heard: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(min(self._seconds / 4, 1.0)):
            now = time.monotonic()
            for followed, _ in self._watcher.poll():
                self._heard[followed.identity] = now
            for pid in self._silent(now):
                with suppress(OSError):  # it is gone; Windows has no error of its own for that
                    os.kill(pid, _KILL)

    def _silent(self, now: float) -> set[int]:
        """Give the workers of which nothing was heard for too long.

        One that holds no lock of its runs is dead, and its pid may be another process's by now.
        """
        last: dict[int, float] = {}
        locks: dict[int, list[Path]] = {}
        for followed in self._watcher.runs:
            if self._is_ours(followed) and followed.record.started is not None:
                pid = followed.record.started.pid
                last[pid] = max(last.get(pid, 0.0), self._heard[followed.identity])
                locks.setdefault(pid, []).append(followed.folder.lock)
        silent = {pid for pid, heard in last.items() if now - heard > self._seconds}
        return {pid for pid in silent if any(map(is_held, locks[pid]))}

    def _is_ours(self, followed: Followed) -> bool:
        started = followed.record.started
        return followed.active and started is not None and started.launch == self._launch


# Windows has no SIGKILL; there any signal but two ends a process at once.
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
