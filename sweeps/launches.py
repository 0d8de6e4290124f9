"""What was launched, when and as what: one small file a launch, in its sweep's folder.

The journals say how runs went; this says which runs a sweep wants, so that a status can name what
is missing and the command that completes it.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Wanted:
    """A job of a launch."""

    number: int
    identity: str
    name: str


@dataclass(frozen=True)
class LaunchRecord:
    """A launch: its command in its working folder, where its runs go in MLflow, and its jobs.

    `label` is unique and sorts by time; `time_ms` is in milliseconds since the epoch.
    """

    label: str
    time_ms: int
    folder: str
    command: str
    name: str
    uri: str
    experiment: str
    jobs: tuple[Wanted, ...]

    def save(self, sweep: Path) -> None:
        """Write it into the sweep's folder, whole or not at all."""
        place = sweep / "launches"
        place.mkdir(parents=True, exist_ok=True)
        partial = place / f"{self.label}.tmp"
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        os.replace(partial, place / f"{self.label}.json")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read one back."""
        fields = json.loads(path.read_text(encoding="utf-8"))
        jobs = tuple(Wanted(**job) for job in fields.pop("jobs"))
        return cls(**fields, jobs=jobs)


def launches(sweep: Path) -> Iterator[LaunchRecord]:
    """Give the launches of the sweep in the folder `sweep`, the latest first."""
    for path in sorted((sweep / "launches").glob("*.json"), reverse=True):
        yield LaunchRecord.load(path)
