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
from typing import IO

from sweeps.consignment import Consignment
from sweeps.delivery import Delivery
from sweeps.tables import get_ready
from sweeps.writer import Said

_TELL_SECONDS = 0.2


class _Told:
    """What the launcher tells, in a thread of its own; this process ends with what it can tell."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._told: SimpleQueue[Consignment] = SimpleQueue()
        self._finish = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def next(self) -> Consignment:
        """Wait for what is to be delivered next."""
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
                # What is under way is in the journals; between launches all is closed, and to take
                # MLflow's objects apart one by one would take half a second.
                os._exit(0)
            if what is None:
                self._finish.set()
            else:
                self._told.put(what)


def main(expected: str | None) -> None:
    """Deliver what one is told, until the launcher ends; first get ready for a store, if any."""
    for kind in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, kind):  # the launcher decides when it is over
            signal.signal(getattr(signal, kind), signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what MLflow may print is no answer
    told = _Told(sys.stdin.buffer)
    if expected is not None:
        get_ready(expected)
    while True:
        problem = None
        with Delivery(told.next()) as delivery:
            while not told.finish(_TELL_SECONDS):
                if delivery.problem != problem:
                    problem = delivery.problem
                    _say(answers, Said(problem))
        _say(answers, Said(delivery.problem, over=True, processor=time.process_time()))


def _say(to: IO[bytes], what: Said) -> None:
    pickle.dump(what, to)
    to.flush()
