"""Workers that outlive their launcher: loky's would stay, and take further tasks of its queue.

A worker is told its launcher by number. Once that is gone, the run under way checkpoints as in any
stopping sweep, and then the process ends itself.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from psutil import pid_exists

_EVERY_SECONDS = 0.5
_working = threading.Lock()
_watched: set[int] = set()


def lives(parent: int) -> bool:
    """Say if the process that started this one is still there."""
    # An orphan is handed to another parent at once; on Windows it keeps its parent's number.
    return os.getppid() == parent if os.name == "posix" else pid_exists(parent)


def end_after(parent: int) -> None:
    """Let this process end when `parent` is gone: at once if idle, or after its piece of work."""
    if parent not in _watched:
        _watched.add(parent)
        threading.Thread(target=_end_after, args=(parent,), name="orphan", daemon=True).start()


@contextmanager
def working() -> Iterator[None]:
    """Do one piece of work, which ends before this process does."""
    with _working:
        yield


def _end_after(parent: int) -> None:
    while lives(parent):
        time.sleep(_EVERY_SECONDS)
    with _working:
        os._exit(1)
