"""Where what an attempt tells is kept: in the run's folder, or wherever another keeper takes it."""

import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import move
from typing import Protocol

from sweeps.checkpoint import Loaded, Saved, State, newest, prune, save
from sweeps.journal import JournalWriter
from sweeps.orphan import lives
from sweeps.records import Checkpoint, Record
from sweeps.replay import RunRecord
from sweeps.store import RunFolder


@dataclass(frozen=True)
class Stop:
    """Whether the sweep is stopping: its parent says so by a file, or is no more.

    A file, because Ctrl-C reaches a terminal's processes only, and a worker may be elsewhere.
    """

    file: Path
    parent: int

    def asked(self) -> bool:
        return self.file.exists() or not lives(self.parent)


class Keeper(Protocol):
    """Keeps one attempt, from `open` to `close`.

    `log` is the file for what the task prints, and `place` the folder for what it writes, None for
    the one that its configuration names. Raises `JournalError` and `CheckpointError` for what
    can't be kept.
    """

    log: Path
    place: Path | None

    def open(self) -> RunRecord:
        """Take the run's journal and give what it says; raises `JournalHeld` if another has it."""

    def append(self, *records: Record) -> None: ...
    def save(self, step: int, state: State) -> Saved: ...
    def newest(self, checkpoints: Iterable[Checkpoint]) -> Loaded | None: ...
    def prune(self, keep: Collection[str]) -> None: ...
    def keep(self, path: Path) -> None:
        """Take the file of an artifact, which goes by its name."""

    def say(self, line: str) -> None:
        """Add a line to the run's log."""

    def stopping(self) -> bool:
        """Say if the sweep wants to end."""

    def close(self) -> None: ...


class LocalKeeper:
    """Keeps an attempt in its run's folder, on this machine."""

    def __init__(self, folder: RunFolder, log: Path, stopping: Callable[[], bool]) -> None:
        self.log = log
        self.place: Path | None = None
        self.folder = folder
        self._stopping = stopping
        self._writer: JournalWriter | None = None

    def open(self) -> RunRecord:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._writer = self.folder.writer()
        return self.folder.record()

    def append(self, *records: Record) -> None:
        if self._writer is None:
            msg = "a keeper is opened before it is told anything"
            raise RuntimeError(msg)
        self._writer.append(*records)

    def save(self, step: int, state: State) -> Saved:
        return save(self.folder.checkpoints, step, state)

    def newest(self, checkpoints: Iterable[Checkpoint]) -> Loaded | None:
        return newest(self.folder.checkpoints, checkpoints)

    def prune(self, keep: Collection[str]) -> None:
        prune(self.folder.checkpoints, keep)

    def keep(self, path: Path) -> None:
        self.folder.artifacts.mkdir(exist_ok=True)
        move(path, self.folder.artifacts / path.name)

    def say(self, line: str) -> None:
        # The log is for people: a full disk must not end a run whose journal could be written.
        with suppress(OSError), self.log.open("a", encoding="utf-8") as file:
            file.write(stamped(line))

    def stopping(self) -> bool:
        return self._stopping()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def stamped(line: str) -> str:
    """Give a line of a log, with the time before it."""
    return f"[{time.strftime('%Y-%m-%d %H:%M:%S')}] {line.rstrip()}\n"
