"""A run's journal: an append-only file of checksummed records, the only truth about the run.

Each line is `CHECKSUM KIND JSON`. The checksum is the CRC-32 of the rest of the line, continued
from the line before, so that a line altered, cut, doubled, lost or moved breaks the chain there.
A reader stops at the first break: what it has read is a true prefix of what was written,
wherever a crash or a bad disk left the file.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from sweeps.records import Checkpoint, Ended, Record, Started, decode, encode, kind_of

if TYPE_CHECKING:
    from types import TracebackType

    from filelock import BaseFileLock

_HEX = 8
# Records that must outlive a power cut. A metric need not: whatever is lost after the last
# checkpoint is computed again, bit for bit, on resuming from it.
_DURABLE = (Checkpoint, Ended)
# Probing a lock holds it for some microseconds; a writer waits that out.
_LOCK_PATIENCE = 1.0


class JournalError(Exception):
    """A journal can't be written or locked; the message is one sentence for people."""


class JournalHeld(JournalError):
    """Another process is making an attempt at the run."""

    def __init__(self, path: Path, holder: Started | None) -> None:
        self.path = path
        self.holder = holder
        who = "another process"
        if holder is not None:
            since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(holder.time_ms / 1000))
            who = f"process {holder.pid} on {holder.host} since {since}"
        super().__init__(f"the run of {path} is held by {who}: wait for it, or stop it")

    def __reduce__(self) -> tuple[type[JournalHeld], tuple[Path, Started | None]]:
        return JournalHeld, (self.path, self.holder)


class JournalRewritten(Exception):
    """What a reader has read is no longer in the file; start a new reader."""


class Position(NamedTuple):
    """How far a reader got: bytes read, and the checksum of the last line."""

    offset: int
    checksum: int


START = Position(0, 0)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records read, where they end, and whether something unreadable follows them.

    An incomplete last line is not damage: it may still be on its way.
    """

    records: tuple[Record, ...]
    position: Position
    damaged: bool


def read(
    path: Path, position: Position = START, kinds: Collection[type[Record]] | None = None
) -> Batch:
    """Read the complete, true records after a position; a missing file has none.

    With `kinds`, other records are checked but not decoded, which is most of the cost.
    Raises JournalRewritten if the file has become shorter than the position.
    """
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            if file.tell() < position.offset:
                msg = f"{path} has become shorter than what was read of it"
                raise JournalRewritten(msg)
            file.seek(position.offset)
            content = file.read()
    except FileNotFoundError:
        if position != START:
            msg = f"{path} is gone"
            raise JournalRewritten(msg) from None
        return Batch((), START, damaged=False)
    records: list[Record] = []
    offset, checksum = position
    start = 0
    while (end := content.find(b"\n", start)) >= 0:
        body = content[start + _HEX + 1 : end]
        following = zlib.crc32(body, checksum)
        if content[start : start + _HEX + 1] != b"%08x " % following:
            return Batch(tuple(records), Position(offset + start, checksum), damaged=True)
        if kinds is None or kind_of(body) in kinds:
            record = decode(body)
            if record is not None:
                records.append(record)
        start, checksum = end + 1, following
    return Batch(tuple(records), Position(offset + start, checksum), damaged=False)


class JournalReader:
    """Reads a journal as it grows; each reader knows how far it got."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position = START

    def poll(self) -> tuple[Record, ...]:
        """Give the records written since the last call.

        Raises JournalRewritten if the file no longer holds what was read of it: a writer
        found damage there and cut it off. A new reader then starts from the beginning.
        """
        batch = read(self.path, self.position)
        # Damage, or a file cut back and grown again past this point? Reading from the start
        # reaches the same position only in the first case.
        if batch.damaged and batch.position == self.position != START:
            reached = read(self.path, START, kinds=()).position
            if reached != self.position:
                msg = f"{self.path} was cut back behind what was read of it"
                raise JournalRewritten(msg)
        self.position = batch.position
        return batch.records


class JournalWriter:
    """The one process that appends to a journal, for as long as its attempt lasts.

    Opening takes the run's lock and cuts off what follows the last true record. Each append is
    one write of whole lines. Raises JournalHeld if another process holds the lock, and
    JournalError where nothing can be written.
    """

    def __init__(self, path: Path, lock: Path) -> None:
        self.path = path
        self._lock = _acquire(lock, path)
        try:
            self._position = read(path).position
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, 0o644)
        except OSError as error:
            self._lock.release()
            msg = f"the journal {path} can't be opened: {error.strerror}"
            raise JournalError(msg) from error
        try:
            os.ftruncate(self._file, self._position.offset)
        except OSError as error:
            self.close()
            msg = f"the journal {path} can't be repaired: {error.strerror}"
            raise JournalError(msg) from error

    def append(self, *records: Record) -> None:
        """Write records behind one another, all or none.

        Checkpoints and outcomes are on the disk when this returns, and so is all before them;
        other records are with the operating system, which the death of a process can't undo.
        Raises JournalError if they can't be written, for example on a full disk.
        """
        checksum = self._position.checksum
        lines = []
        for record in records:
            body = encode(record)
            checksum = zlib.crc32(body, checksum)
            lines.append(b"%08x %b\n" % (checksum, body))
        content = b"".join(lines)
        try:
            # An append that failed or was interrupted by a signal may have left a piece.
            if os.fstat(self._file).st_size != self._position.offset:
                os.ftruncate(self._file, self._position.offset)
            written = 0
            while written < len(content):  # a nearly full disk may take a part
                written += os.write(self._file, content[written:])
            if any(isinstance(record, _DURABLE) for record in records):
                os.fsync(self._file)
        except OSError as error:
            with suppress(OSError):  # the next append or opening would cut it off all the same
                os.ftruncate(self._file, self._position.offset)
            msg = f"the journal {self.path} can't be written: {error.strerror}"
            raise JournalError(msg) from error
        self._position = Position(self._position.offset + len(content), checksum)

    def close(self) -> None:
        """Let go of the file and the lock; closing again does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def is_held(lock: Path) -> bool:
    """Whether a living process holds a run's lock at this moment.

    The lock goes with the process that took it, however it dies. Read the journal once more
    after a False: the holder may have written its outcome in between.
    """
    if not lock.exists():
        return False
    probe = _file_lock(lock)
    from filelock import Timeout

    try:
        probe.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False  # a read-only folder, where nobody can write a journal either
    probe.release()
    return False


def _file_lock(lock: Path) -> BaseFileLock:
    # Imported on use: 40 ms, which readers of finished runs need not pay.
    from filelock import FileLock

    return FileLock(lock, thread_local=False)


def _acquire(lock: Path, path: Path) -> BaseFileLock:
    from filelock import Timeout

    held = _file_lock(lock)
    try:
        held.acquire(timeout=_LOCK_PATIENCE, poll_interval=0.01)
    except Timeout:
        with suppress(OSError, JournalRewritten):
            starts = read(path, kinds=(Started,)).records
            holder = starts[-1] if starts else None
            raise JournalHeld(path, holder if isinstance(holder, Started) else None) from None
        raise JournalHeld(path, None) from None
    except OSError as error:
        msg = f"the lock {lock} can't be taken: {error.strerror or error}"
        raise JournalError(msg) from error
    return held


_BINARY = getattr(os, "O_BINARY", 0)  # Windows would otherwise write \r\n
