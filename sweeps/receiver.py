"""A launcher's side of the lines from its workers on other machines: it keeps for all of them.

The launcher holds the lock of a run's journal and is the one that appends to it, whoever tells.
"""

import hashlib
import os
import re
import secrets
import socket
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import (
    Connection,
    Listener,
    answer_challenge,
    deliver_challenge,
)
from pathlib import Path, PurePosixPath
from typing import Any, Self

from sweeps.checkpoint import CheckpointError, Saved
from sweeps.journal import JournalError
from sweeps.keeper import LocalKeeper
from sweeps.records import Record
from sweeps.remote import Address
from sweeps.store import RunFolder

_CHECKPOINT = re.compile(r"step-[0-9]+\.npz", re.ASCII)
_KEY_BYTES = 32


@dataclass(frozen=True)
class Kept:
    """Where a run is kept: its folder, and the log in Hydra's output folder."""

    folder: RunFolder
    log: Path


class Receiver:
    """Answers workers while the context lasts. `address` is what they are to be told."""

    def __init__(self, host: str, runs: Mapping[str, Kept], stopping: Callable[[], bool]) -> None:
        """`host` is this machine's own address, as the workers see it; `runs` go by identity."""
        key = secrets.token_bytes(_KEY_BYTES)
        # Not Listener's own authkey: who connects and is silent would keep all others waiting.
        self._listener = Listener((host, 0))
        self.address = Address(host, int(self._listener.address[1]), key)
        self._runs = runs
        self._stopping = stopping
        self._over = False
        self._lock = threading.Lock()
        self._holders: dict[str, _Correspondent] = {}
        self._thread = threading.Thread(target=self._listen, name="receiver", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        with suppress(OSError):  # wakes the thread, which closing would not
            socket.create_connection((self.address.host, self.address.port), timeout=1).close()
        self._thread.join()
        self._listener.close()
        for holder in self._holders.values():
            holder.close()

    def _listen(self) -> None:
        while not self._over:
            try:
                connection = self._listener.accept()
            except OSError:
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        """Do what the worker at the other end asks for, until it hangs up or dies."""
        mine: dict[str, _Correspondent] = {}
        with suppress(OSError, EOFError, AuthenticationError), connection:
            deliver_challenge(connection, self.address.key)
            answer_challenge(connection, self.address.key)
            answer: tuple[bool, Any]
            while True:
                identity, method, arguments = connection.recv()
                try:
                    if method == "stopping":  # also asked before a run is begun
                        answer = True, self._stopping()
                    else:
                        if method == "open":
                            mine[identity] = self._take_over(identity)
                        answer = True, mine[identity].do(method, arguments)
                except Exception as error:  # noqa: BLE001 - it is the worker's to deal with
                    answer = False, error
                connection.send(answer)
        for holder in mine.values():
            holder.close()

    def _take_over(self, identity: str) -> "_Correspondent":
        """Give a keeper for the run; an earlier one, of a worker that was given up, is closed."""
        with self._lock:
            earlier = self._holders.get(identity)
            if earlier is not None:
                earlier.close()
            kept = self._runs[identity]
            holder = self._holders[identity] = _Correspondent(kept.folder, kept.log, self._stopping)
            return holder


class _Correspondent(LocalKeeper):
    """Keeps what comes as bytes. Once closed it does nothing more, whoever asks."""

    def __init__(self, folder: RunFolder, log: Path, stopping: Callable[[], bool]) -> None:
        super().__init__(folder, log, stopping)
        self._lock = threading.Lock()
        self._closed = False

    def do(self, method: str, arguments: Iterable[Any]) -> Any:
        """Do one of the things that a worker may ask for."""
        allowed: dict[str, Callable[..., Any]] = {
            "open": self.open,
            "append_and_say": self.append_and_say,
            "put_checkpoint": self.put_checkpoint,
            "get_checkpoint": self.get_checkpoint,
            "prune": self.prune,
            "put_artifact": self.put_artifact,
            "put_output": self.put_output,
        }
        if method == "close":
            return self.close()
        with self._lock:
            if self._closed:
                msg = f"the run {self.folder.identity} was given to another worker"
                raise JournalError(msg)
            return allowed[method](*arguments)

    def append_and_say(self, records: Collection[Record], said: Iterable[str]) -> None:
        if records:
            self.append(*records)
        with suppress(OSError), self.log.open("a", encoding="utf-8") as file:
            file.write("".join(said))

    def put_checkpoint(self, saved: Saved, content: bytes) -> None:
        arrived = hashlib.sha256(content).hexdigest() == saved.sha256
        if not arrived or _CHECKPOINT.fullmatch(saved.file) is None:
            msg = f"the checkpoint {saved.file!r} did not arrive as it was sent"
            raise CheckpointError(msg)
        try:
            _put(self.folder.checkpoints / saved.file, content)
        except OSError as error:
            msg = f"the checkpoint {saved.file} can't be written: {error.strerror}"
            raise CheckpointError(msg) from error

    def get_checkpoint(self, file: str) -> bytes | None:
        path = self.folder.checkpoints / file
        known = _CHECKPOINT.fullmatch(file) is not None
        return path.read_bytes() if known and path.is_file() else None

    def put_artifact(self, name: str, content: bytes) -> None:
        _put(self.folder.artifacts / _inside(name), content)

    def put_output(self, name: str, content: bytes) -> None:
        _put(self.log.parent / _inside(name), content)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            super().close()


def _inside(name: str) -> PurePosixPath:
    """Give a path that stays in the folder it is put into."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        msg = f"{name!r} is no name of a file in a run's folder"
        raise JournalError(msg)
    return path


def _put(path: Path, content: bytes) -> None:
    """Put a whole file in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
