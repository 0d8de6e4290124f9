"""What a worker's time was spent on, as its runs tell it."""

import os
import socket
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spent:
    """One assignment's time in the process `worker`, in seconds since the epoch.

    `seconds` says on what, by part, and need not say all. `operations` were done meanwhile, of
    which the processor could do `peak` a second; both are 0 if that is unknown.
    """

    worker: str
    began: float
    ended: float
    seconds: Mapping[str, float]
    operations: float
    peak: float
    notes: tuple[str, ...]


class Ledger:
    """Adds up what is told while an assignment runs, from its making to `close`."""

    def __init__(self) -> None:
        self._began = time.time()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._operations = 0.0
        self._peak = 0.0
        self._notes: dict[str, None] = {}

    def add(
        self, seconds: Mapping[str, float], operations: float, peak: float, notes: Sequence[str]
    ) -> None:
        """Take what a run tells."""
        for part, taken in seconds.items():
            self._seconds[part] += taken
        self._operations += operations
        self._peak = max(self._peak, peak)
        self._notes.update(dict.fromkeys(notes))

    def close(self) -> Spent:
        """Give the account of the time until now."""
        return Spent(
            worker=f"{socket.gethostname()}:{os.getpid()}",
            began=self._began,
            ended=time.time(),
            seconds=dict(self._seconds),
            operations=self._operations,
            peak=self._peak,
            notes=tuple(self._notes),
        )
