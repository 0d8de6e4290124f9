"""Following the journals of a sweep's runs as they grow, at little cost for those that don't.

Whoever wants to know how the runs go (the MLflow writer, the progress display) has a `Watcher` of
its own: reading a line twice is cheaper than sharing what was read between threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from sweeps.journal import JournalRewritten
from sweeps.records import Record
from sweeps.replay import Point, RunRecord
from sweeps.store import RunFolder

# How many runs that have not begun are looked at in each poll: the next in line, and a slice of
# the others in turn (a run of a dead worker begins again out of turn).
_NEXT_IN_LINE = 256
_IN_TURN = 256


@dataclass(frozen=True, slots=True)
class News:
    """Points that a journal has gained; `first` is how many came before them in that journal."""

    first: int
    points: tuple[Point, ...]


class Followed:
    """One run's journal as far as it is read. A journal that was rewritten is read anew."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.record = RunRecord()
        self.size = 0
        self._reader = folder.reader()
        self._points = 0

    @property
    def identity(self) -> str:
        return self.folder.identity

    @property
    def unended(self) -> bool:
        """Whether it has begun and no outcome is written."""
        return self.record.started is not None and self.record.outcome is None

    @property
    def active(self) -> bool:
        """Whether a worker is at it, as far as is written: it does not wait for another stack."""
        return self.unended and not self.record.left

    @property
    def points(self) -> int:
        """How many points have been read."""
        return self._points

    def journal_size(self) -> int:
        """Give the bytes of the journal as it is now; 0 if there is none."""
        try:
            return self.folder.journal.stat().st_size
        except FileNotFoundError:
            return 0

    def poll(self) -> News | None:
        """Read on; None if the file has not changed. Only `record` tells what else is new.

        Raises OSError or ValueError if it can't be read, and then starts from its beginning.
        """
        size = self.journal_size()
        if size in (0, self.size):
            return None
        try:
            records = self._read()
        except (OSError, ValueError):
            self.release()
            self.size = 0
            raise
        first = self._points
        points = tuple(point for record in records for point in self.record.apply(record))
        self.size = size
        self._points += len(points)
        return News(first, points)

    def _read(self) -> tuple[Record, ...]:
        try:
            return self._reader.poll()
        except JournalRewritten:
            self.release()
            return self._reader.poll()

    def release(self) -> None:
        """Forget what was read, to save memory; if the file changes it is read from its start."""
        self.record = RunRecord()
        self._reader = self.folder.reader()
        self._points = 0

    def reread(self) -> News:
        """Read all from the start."""
        self.release()
        self.size = 0
        return self.poll() or News(0, ())


class Watcher:
    """Follows runs, given in the order in which they will start.

    `faults` are the errors of the last poll, by run: these are looked at again in the next.
    """

    def __init__(self, folders: Iterable[RunFolder]) -> None:
        self.runs = tuple(Followed(folder) for folder in folders)
        self._idle = deque(self.runs)
        self._begun: list[Followed] = []
        self.faults: dict[str, Exception] = {}

    def poll(self) -> list[tuple[Followed, News]]:
        """Give the runs whose journals have changed since the last poll.

        Running ones are always looked at, others soon after they begin.
        """
        return self._look(min(len(self._idle), _NEXT_IN_LINE + _IN_TURN))

    def poll_all(self) -> list[tuple[Followed, News]]:
        """Look at every run, however many they are."""
        return self._look(len(self._idle))

    def _look(self, idle: int) -> list[tuple[Followed, News]]:
        ahead = [self._idle.popleft() for _ in range(min(idle, _NEXT_IN_LINE))]
        in_turn = [self._idle.popleft() for _ in range(idle - len(ahead))]
        begun = self._begun
        looked_at = [*begun, *ahead, *in_turn]
        self.faults = {}
        found = []
        for one in looked_at:
            try:
                news = one.poll()
            except (OSError, ValueError) as error:
                self.faults[one.identity] = error
                continue
            if news is not None:
                found.append((one, news))
        changed = {id(one) for one, _ in found}
        self._begun = [one for one in looked_at if one.unended]
        # Those that wait keep their place in the line; those that ended go to its end.
        self._idle.extend(one for one in [*begun, *in_turn] if not one.unended)
        self._idle.extend(one for one in ahead if not one.unended and id(one) in changed)
        self._idle.extendleft(
            one for one in reversed(ahead) if not one.unended and id(one) not in changed
        )
        return found
