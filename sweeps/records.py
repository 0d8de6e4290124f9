"""What a journal says: one small frozen record per thing that happened to a run.

Times are whole milliseconds since the epoch, MLflow's own unit. Numbers may be NaN or infinite.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from pathlib import PurePath
from typing import Any, TypeAlias

from sweeps.state import Outcome


@dataclass(frozen=True, slots=True)
class Definition:
    """What the run is: all that a lost store needs to be filled again. The last one holds."""

    identity: str
    task: str
    sweep: str
    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    code: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt begins; the number of the attempt is how many of these there are."""

    time_ms: int
    pid: int
    host: str
    launch: str = ""
    job: int | None = None
    code: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    log: str = ""


@dataclass(frozen=True, slots=True)
class Restored:
    """The attempt goes on from the checkpoint of this step; without one it goes from nothing."""

    time_ms: int
    step: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """One point of each of some curves."""

    time_ms: int
    step: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Summary:
    """Metrics that a run has once."""

    time_ms: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state from which the run can go on, in a file of its checkpoint folder."""

    time_ms: int
    step: int
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """A result file: `name` is its path for readers, `file` the one in the artifact folder."""

    time_ms: int
    name: str
    file: str


@dataclass(frozen=True, slots=True)
class Left:
    """The attempt's stack has ended before the run: it waits to go on in another."""

    time_ms: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The attempt is over."""

    time_ms: int
    outcome: Outcome


Record: TypeAlias = (
    Definition | Started | Restored | Metrics | Summary | Checkpoint | Artifact | Left | Ended
)

_CLASSES: Mapping[str, type[Record]] = {
    "definition": Definition,
    "started": Started,
    "restored": Restored,
    "metrics": Metrics,
    "summary": Summary,
    "checkpoint": Checkpoint,
    "artifact": Artifact,
    "left": Left,
    "ended": Ended,
}
_KINDS = {of: kind for kind, of in _CLASSES.items()}
_FIELDS = {of: tuple(f.name for f in fields(of)) for of in _KINDS}


def encode(record: Record) -> bytes:
    """Write a record as its kind, a space and one line of JSON in ASCII, without the newline."""
    content = {name: getattr(record, name) for name in _FIELDS[type(record)]}
    if isinstance(record, Ended):
        content["outcome"] = record.outcome.to_json()
    text = json.dumps(content, separators=(",", ":"), default=_text)
    return f"{_KINDS[type(record)]} {text}".encode("ascii")


def _text(value: object) -> str:
    """Write what a typed config may hold and JSON has no word for, as a command line has it."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, PurePath):
        return str(value)
    msg = f"Object of type {type(value).__name__} is not JSON serializable"
    raise TypeError(msg)


def kind_of(line: bytes) -> type[Record] | None:
    """Say what kind of record a line holds without decoding it; None for an unknown kind."""
    return _CLASSES.get(line.partition(b" ")[0].decode("ascii", "replace"))


def decode(line: bytes) -> Record | None:
    """Read what `encode` wrote; None for a kind of record of a later version.

    Fields of a later version are passed over. Raises ValueError for a line that is no record.
    """
    kind, _, text = line.partition(b" ")
    of = _CLASSES.get(kind.decode("ascii", "replace"))
    if of is None:
        return None
    try:
        content = {k: v for k, v in json.loads(text).items() if k in _FIELDS[of]}
        if of is Ended:
            content["outcome"] = Outcome.from_json(content["outcome"])
        return of(**content)
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"not a {kind.decode()} record: {error}"
        raise ValueError(msg) from error
