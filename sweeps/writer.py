"""The one writer to MLflow, as the launcher has it: a process that is told what to deliver.

MLflow takes a second of a core to import and some 20 ms for each run. In the launcher's own process
that would come out of the time in which it hands runs to the workers.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import SimpleQueue

from sweeps.consignment import Consignment

_CODE = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from sweeps.writing import main; main({!r})"
)
# Planning so many takes half a second and more, in which a core has nothing else to do.
_MANY = 200
_TRIES = 2
_LOOK_SECONDS = 0.2
_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class Said:
    """What the writer says: why it can't deliver just now, or None; and whether all is over.

    `processor`: seconds of processor time that it has used so far.
    """

    problem: str | None
    over: bool = False
    processor: float = 0.0


class Writer:
    """Delivers the launches of a sweep, one after another, in one process.

    `problem` is a sentence while the store is away, and after a launch if something is undelivered;
    else None. `processor`: seconds of processor time of the process at the end of the last launch.
    """

    def __init__(self) -> None:
        self.problem: str | None = None
        self.processor = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._words: SimpleQueue[object] = SimpleQueue()
        self._over = threading.Event()
        self._end: weakref.finalize[..., Writer] | None = None

    def head_start(self, jobs: int, uri: str) -> None:
        """Get ready for a store while so many jobs are planned, if that takes long enough."""
        if jobs >= _MANY and not self._lives():
            with suppress(OSError):  # seen when there is something to deliver
                self._begin(_CODE.format(uri))

    @contextmanager
    def delivering(self, consignment: Consignment) -> Iterator[None]:
        """Deliver while the context lasts, and what is left when it ends."""
        self.problem = None
        self._tell(consignment)
        try:
            yield
        finally:
            self._finish(consignment)

    def close(self) -> None:
        """End the process; it is begun anew if more is to be delivered."""
        if self._end is not None:
            self._end()

    def _finish(self, consignment: Consignment) -> None:
        for number in range(_TRIES):
            if number > 0:
                # Somebody killed it: another one goes on where it was.
                self._tell(consignment)
            self._tell(None)
            while self._lives() and not self._over.wait(_LOOK_SECONDS):
                pass
            if self._over.is_set():
                return
        how = "can't begin" if self._process is None else f"exit code {self._process.returncode}"
        self.problem = (
            f"The process that writes to MLflow at {consignment.launch.uri} has ended ({how}):"
            " the journals have everything; the same command delivers it later."
        )

    def _tell(self, what: Consignment | None) -> None:
        """Tell the process what to deliver, or to finish that; it is begun if there is none."""
        if what is not None:
            self._over.clear()
            if not self._lives():
                with suppress(OSError):  # seen at the end
                    self._begin(_CODE.format(None))
        self._words.put(what)

    def _lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _begin(self, code: str) -> None:
        process = self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C reaches a terminal's whole group; the launcher alone decides what it means.
            process_group=0 if os.name == "posix" else None,
        )
        self._end = weakref.finalize(self, _end, process)
        self._words = SimpleQueue()
        self._words.put(sys.path)
        threading.Thread(target=_speak, args=(process, self._words), daemon=True).start()
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
            while process.stdout is not None:
                said: Said = pickle.load(process.stdout)  # noqa: S301 - our own
                self.problem, self.processor = said.problem, said.processor
                if said.over:
                    self._over.set()


def _speak(process: subprocess.Popen[bytes], words: SimpleQueue[object]) -> None:
    """Send words as they come: it may take the process a second to hear the first."""
    with suppress(OSError, ValueError):  # it has died or is to end
        while process.stdin is not None:
            pickle.dump(words.get(), process.stdin)
            process.stdin.flush()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let the process end, as it does when nobody can tell it more."""
    with suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
