"""How far a run's journal has been delivered to one MLflow experiment: a small file beside it.

A cursor may be older than what was delivered (a crash came between), never younger. Delivering
again from an older one changes nothing, as points of equal key, step, time and value are one.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

from sweeps.replay import Point


@dataclass
class Cursor:
    """What is delivered of one run.

    `place`: the experiment in its store, told from one that was made anew under the same name.
    `points`, `checksum`: how many points of the journal, and their CRC-32, as a journal that was
       damaged and rewritten may have others.
    `attempts`: attempts whose parameters and tags are delivered.
    `artifacts`: time of each delivered file, by name.
    `sweeps`: keys of the sweeps that the run is known to be a part of.
    `ended_size`: bytes of the journal whose end is delivered, so that it need not be read again.
    """

    place: str
    run_id: str = ""
    points: int = 0
    checksum: int = 0
    attempts: int = 0
    artifacts: dict[str, int] = field(default_factory=dict)
    sweeps: list[str] = field(default_factory=list)
    ended_size: int = 0

    def after(self, points: Sequence[Point]) -> Sequence[Point]:
        """Give what is undelivered of a journal's points; all, if others come first."""
        if _checksum(points[: self.points]) == self.checksum and len(points) >= self.points:
            return points[self.points :]
        self.points = self.checksum = 0
        return points

    def advance(self, points: Sequence[Point]) -> None:
        """Count points that were delivered."""
        self.points += len(points)
        self.checksum = _checksum(points, self.checksum)

    @classmethod
    def last(cls, path: Path) -> Self:
        """Read a cursor of whatever place; one of no place if there is none that can be read."""
        with suppress(OSError, ValueError, TypeError):
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        return cls("")

    @classmethod
    def load(cls, path: Path, place: str) -> Self:
        """Read a cursor; a new one if there is none of this place."""
        found = cls.last(path)
        return found if found.place == place else cls(place)

    @classmethod
    def delivered_end(cls, path: Path, run_ids: Collection[str]) -> int | None:
        """Give the bytes of the journal whose end is delivered to one of these runs, if any is."""
        with suppress(OSError, ValueError, TypeError):
            found = cls(**json.loads(path.read_text(encoding="utf-8")))
            if found.run_id in run_ids:
                return found.ended_size
        return None

    def save(self, path: Path) -> None:
        """Write it whole, replacing the file at once."""
        partial = path.with_suffix(f".{os.getpid()}.tmp")
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        os.replace(partial, path)


def cursor_path(folder: Path, uri: str, experiment: str) -> Path:
    """Name the cursor file of a run for one experiment of one store."""
    digest = sha256(f"{uri}\n{experiment}".encode()).hexdigest()
    return folder / f"delivered-{digest[:16]}.json"


def _checksum(points: Sequence[Point], before: int = 0) -> int:
    for point in points:
        before = zlib.crc32(repr(tuple(point)).encode(), before)
    return before
