"""What was launched, when and as what: one small file a launch, in its sweep's folder.

The journals say how runs went; this says which runs a sweep wants and as what it was asked for, so
that a status can name what is missing and the command that completes it, and the sweep's own run
in MLflow can be made again.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from sweeps.task import Column, Direction


@dataclass(frozen=True)
class Wanted:
    """A job of a launch, and what tables say of it.

    `swept` has its values of the swept keys, `repeat` is what the runs of one setting share,
    `reused` tells that its run was finished before the launch.
    """

    number: int
    identity: str
    name: str
    swept: Mapping[str, str]
    repeat: str
    value_name: str
    direction: Direction
    reused: bool


@dataclass(frozen=True)
class LaunchRecord:
    """A launch of a sweep: its command in its working folder, where its runs go, and its jobs.

    `label` is unique and sorts by time; `time_ms` is in milliseconds since the epoch; `sweep` is
    the sweep's key and `name` what it is called. `store` is the folder of all journals as it was
    then: folders get moved. `retry` is the override that has failed runs trained again. `code` is
    the fingerprint of the task's code, `tags` say of which commit. `columns` and `seed_keys` are
    those that the task declared.
    """

    label: str
    time_ms: int
    sweep: str
    name: str
    folder: str
    store: str
    command: str
    retry: str
    user: str
    uri: str
    experiment: str
    code: str
    tags: Mapping[str, str]
    columns: tuple[Column, ...]
    seed_keys: tuple[str, ...]
    jobs: tuple[Wanted, ...]

    def save(self, sweep: Path, files: Mapping[str, str]) -> None:
        """Write it into the sweep's folder, whole or not at all, with texts by file name."""
        place = sweep / "launches"
        place.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            kept = place / self.label / name
            kept.parent.mkdir(exist_ok=True)
            kept.write_text(text, encoding="utf-8")
        partial = place / f"{self.label}.tmp"
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        os.replace(partial, place / f"{self.label}.json")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read one back; raises OSError, ValueError or TypeError if it is nothing of the kind."""
        fields = json.loads(path.read_text(encoding="utf-8"))
        jobs = tuple(Wanted(**job) for job in fields.pop("jobs", ()))
        columns = tuple(Column(**column) for column in fields.pop("columns", ()))
        seed_keys = tuple(fields.pop("seed_keys", ()))
        return cls(**fields, jobs=jobs, columns=columns, seed_keys=seed_keys)

    def moved(self, path: str, store: Path) -> Path:
        """Say where a file of the launch is now that all journals are in the folder `store`."""
        if Path(self.store) == store:
            return Path(path)
        try:
            return Path(os.path.normpath(store / os.path.relpath(path, self.store)))
        except ValueError:  # on another drive of Windows: it did not move along
            return Path(path)


def launches(sweep: Path) -> Iterator[LaunchRecord]:
    """Give the launches of the sweep in the folder `sweep`, the latest first.

    A file that can't be read is passed over: the runs that it wanted are in their journals.
    """
    for path in sorted((sweep / "launches").glob("*.json"), reverse=True):
        with suppress(OSError, ValueError, TypeError):
            yield LaunchRecord.load(path)


def merged(latest_first: Sequence[LaunchRecord]) -> LaunchRecord:
    """Give the latest launch with all jobs that the sweep ever wanted.

    A widened grid may be launched as a whole or piece by piece, and some sweepers launch batches. A
    later launch says anew what a setting is: after an edit of the code it is another run.
    """
    jobs: list[Wanted] = []
    settled: set[tuple[str, ...]] = set()
    for launch in latest_first:
        new = [job for job in launch.jobs if _setting(job) not in settled]
        jobs += new
        settled.update(_setting(job) for job in new)
    return replace(latest_first[0], jobs=tuple(jobs))


def kept_files(sweep: Path, label: str) -> dict[str, str]:
    """Give the texts, by file name, that were saved with a launch."""
    place = sweep / "launches" / label
    if not place.is_dir():
        return {}
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(place.iterdir())}


def _setting(job: Wanted) -> tuple[str, ...]:
    return (job.name, *job.swept, *job.swept.values())
