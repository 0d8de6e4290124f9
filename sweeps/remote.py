"""A worker's side of the line to its launcher on another machine: it keeps nothing itself.

All that an attempt tells goes to the launcher, and a checkpoint comes back from there, so that the
two machines share the network and nothing else.
"""

import threading
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any, Self

from sweeps.checkpoint import Loaded, Saved, State, newest, save
from sweeps.journal import JournalError
from sweeps.keeper import stamped
from sweeps.records import Checkpoint, Record
from sweeps.replay import RunRecord

# How long a worker goes on before it asks again whether the sweep is stopping.
_ASK_SECONDS = 0.5


@dataclass(frozen=True)
class Address:
    """Where a launcher listens; only who knows `key` is answered."""

    host: str
    port: int
    key: bytes = field(repr=False)


class Line:
    """A connection to a launcher; the runs of one assignment share it."""

    def __init__(self, address: Address) -> None:
        """Raises JournalError if nobody answers."""
        self._where = f"{address.host}:{address.port}"
        self._lock = threading.Lock()
        try:
            self._connection = Client((address.host, address.port), authkey=address.key)
        except (OSError, EOFError) as error:
            raise self._gone() from error

    def ask(self, identity: str, method: str, *arguments: Any) -> Any:
        """Have the run's keeper at the launcher do something; its exceptions are raised here.

        Raises JournalError when the launcher is gone.
        """
        try:
            with self._lock:
                self._connection.send((identity, method, arguments))
                went_well, answer = self._connection.recv()
        except (OSError, EOFError) as error:
            raise self._gone() from error
        if not went_well:
            raise answer
        return answer

    def _gone(self) -> JournalError:
        return JournalError(f"the launcher at {self._where} can't be reached from this worker")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()


class RemoteKeeper:
    """Keeps an attempt at the launcher; in `place` only what is on its way."""

    def __init__(self, line: Line, identity: str, log: Path) -> None:
        self.log = log
        self.place: Path | None = log.parent
        self._line = line
        self._identity = identity
        self._passing = log.parent.with_name(f"{log.parent.name}-checkpoints")
        self._said: list[str] = []
        self._stopping = False
        self._asked = float("-inf")

    def open(self) -> RunRecord:
        self.log.parent.mkdir(parents=True)
        self._passing.mkdir()
        record: RunRecord = self._ask("open")
        return record

    def append(self, *records: Record) -> None:
        said, self._said = self._said, []
        self._ask("append_and_say", records, said)

    def save(self, step: int, state: State) -> Saved:
        saved = save(self._passing, step, state)
        path = self._passing / saved.file
        self._ask("put_checkpoint", saved, path.read_bytes())
        path.unlink()
        return saved

    def newest(self, checkpoints: Iterable[Checkpoint]) -> Loaded | None:
        refused: tuple[str, ...] = ()
        for record in checkpoints:
            path = self._passing / record.file
            content = self._ask("get_checkpoint", record.file)
            if content is not None:
                path.write_bytes(content)
            found = newest(self._passing, [record])
            path.unlink(missing_ok=True)
            if found is not None:
                return found._replace(refused=refused)
            refused += (f"the checkpoint of step {record.step} is damaged or gone",)
        return None

    def prune(self, keep: Collection[str]) -> None:
        self._ask("prune", list(keep))

    def keep(self, path: Path) -> None:
        self._ask("put_artifact", path.name, path.read_bytes())
        path.unlink()

    def say(self, line: str) -> None:
        # Goes with the next records: a line of its own would cost a journey over the network.
        self._said.append(stamped(line))

    def stopping(self) -> bool:
        if not self._stopping and time.monotonic() - self._asked >= _ASK_SECONDS:
            self._asked = time.monotonic()
            try:
                self._stopping = bool(self._ask("stopping"))
            except JournalError:
                self._stopping = True
        return self._stopping

    def close(self) -> None:
        """Send what was said, printed and written since, and let go of the run.

        The run has ended by now: what can't be sent of this doesn't change how.
        """
        with suppress(JournalError, OSError):
            self._send_output()
            self._ask("close")

    def _send_output(self) -> None:
        printed = ""
        if self.log.is_file():
            printed = self.log.read_text(encoding="utf-8", errors="replace")
        self._ask("append_and_say", (), [*self._said, printed])
        for path in sorted(self.log.parent.rglob("*")):
            if path.is_file() and path != self.log:
                name = path.relative_to(self.log.parent).as_posix()
                self._ask("put_output", name, path.read_bytes())

    def _ask(self, method: str, *arguments: Any) -> Any:
        return self._line.ask(self._identity, method, *arguments)
