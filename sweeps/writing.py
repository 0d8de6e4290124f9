"""The process that writes to MLflow: what it does with what `writer` tells it.

It ends with the launcher, whose end is that of its own input.
"""

import os
import pickle
import signal
import sys
import threading
import time
from queue import SimpleQueue
from typing import IO, Any

from sweeps.consignment import Consignment
from sweeps.delivery import Delivery
from sweeps.tables import get_ready
from sweeps.writer import Said

__all__ = ["get_ready", "main"]

_TELL_SECONDS = 0.2


class _Told:
    """What the launcher tells, in a thread of its own; its end ends a delivery under way."""

    def __init__(self, source: IO[bytes]) -> None:
        self.delivering = False
        self._source = source
        self._told: SimpleQueue[Consignment | None] = SimpleQueue()
        self._finish = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def next(self) -> Consignment | None:
        """Wait for what is to be delivered next; None if nothing is."""
        return self._told.get()

    def finish(self, seconds: float) -> bool:
        """Wait for so long at most to be told to finish, and say if so."""
        if not self._finish.wait(seconds):
            return False
        self._finish.clear()
        return True

    def _listen(self) -> None:
        while True:
            try:
                what = pickle.load(self._source)  # noqa: S301 - the launcher's
            except Exception:  # noqa: BLE001 - half a message is an end too
                if self.delivering:
                    os._exit(1)  # what it was at is in the journals
                self._told.put(None)
                return
            if what is None:
                self._finish.set()
            else:
                self.delivering = True
                self._told.put(what)


def main() -> None:
    """Deliver what one is told, until the launcher ends."""
    for kind in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, kind):  # the launcher decides when it is over
            signal.signal(getattr(signal, kind), signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what MLflow may print is no answer
    told = _Told(sys.stdin.buffer)
    while (consignment := told.next()) is not None:
        problem = None
        with Delivery(consignment) as delivery:
            while not told.finish(_TELL_SECONDS):
                if delivery.problem != problem:
                    problem = delivery.problem
                    _say(answers, Said(problem))
        told.delivering = False
        _say(answers, Said(delivery.problem, over=True, processor=time.process_time()))
    # All is closed; to take MLflow's objects apart one by one would take half a second.
    os._exit(0)


def _say(to: IO[bytes], what: Any) -> None:
    pickle.dump(what, to)
    to.flush()
