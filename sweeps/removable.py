"""What can be removed without losing a number that MLflow doesn't have, and what it takes up.

What a living process holds is never among it, nor what is not delivered, nor a checkpoint from
which a run can go on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from sweeps.cursor import Cursor, cursor_path
from sweeps.destination import destination
from sweeps.found import Found, StoreAwayError, all_runs
from sweeps.journal import is_held, read
from sweeps.launches import LaunchRecord, merged
from sweeps.logs import here
from sweeps.records import Ended, Started
from sweeps.replay import RunRecord
from sweeps.state import RunState
from sweeps.store import RunFolder, Store
from sweeps.survey import bytes_below
from sweeps.tags import IDENTITY_TAG, KIND_TAG, RUN_KIND
from sweeps.uris import local_path


class Kind(StrEnum):
    """Why something can be removed."""

    DELIVERED = "delivered run"
    DELETED = "run deleted in MLflow"
    CHECKPOINTS = "orphaned checkpoints"
    ARTIFACTS = "artifacts of a run deleted in MLflow"


@dataclass(frozen=True)
class Removable:
    """One thing that can be removed: a run with its `folder`, or just the other `paths`.

    `outputs` are Hydra's output folders of the run. `ended_ms`: when it was last written to.
    """

    kind: Kind
    sweep: str
    ended_ms: int
    folder: RunFolder | None
    outputs: tuple[Path, ...] = ()
    paths: tuple[Path, ...] = ()

    @property
    def takes_run(self) -> bool:
        """Whether the run itself goes, and not only what it left over."""
        return self.kind in (Kind.DELIVERED, Kind.DELETED)

    @cached_property
    def size(self) -> int:
        """Its bytes on the disk."""
        run = [self.folder.folder] if self.folder is not None and self.takes_run else []
        files = sum(path.stat().st_size for path in self.paths if path.is_file())
        return files + sum(bytes_below(path) for path in (*run, *self.outputs, *self.paths))


class Inventory:
    """Looks over a store for what can be removed of some of its sweeps.

    `picked` and `every` are sweeps by key, each with its launches, the latest first.
    """

    def __init__(
        self,
        store: Store,
        picked: Collection[str],
        every: Mapping[str, Sequence[LaunchRecord]],
    ) -> None:
        self._store = store
        self._picked = picked
        self._every = every
        self._users: dict[str, set[str]] = {}
        for key, latest_first in every.items():
            for job in merged(latest_first).jobs:
                self._users.setdefault(job.identity, set()).add(key)
        self._tracked: dict[tuple[str, str], dict[str, list[Found]]] = {}
        self.away: dict[str, str] = {}
        """Why a store can't be asked what it has, by its URI: nothing counts as delivered there."""

    def __iter__(self) -> Iterator[Removable]:
        """Give everything that can be removed, a run at a time."""
        known = set()
        for folder in self._store.runs():
            known.add(folder.identity)
            record = folder.headline()
            sweep = record.definition.sweep if record.definition else ""
            users = self._users.get(folder.identity, set()) | ({sweep} if sweep else set())
            # A run that another sweep uses is left to it.
            mine = users <= set(self._picked) if users else len(self._picked) == len(self._every)
            if mine and not is_held(folder.lock):
                yield from self._of_run(folder, record, sweep)
        for key in self._picked:
            for identity, found in self._tracked_runs(key).items():
                if identity not in known:
                    yield from _of_deleted(found, key)
                    known.add(identity)

    def _of_run(self, folder: RunFolder, record: RunRecord, sweep: str) -> Iterator[Removable]:
        times = [record.ended_ms, record.began_ms]
        ended_ms = next((time for time in times if time is not None), _modified_ms(folder.folder))
        found = self._tracked_runs(sweep).get(folder.identity, [])
        finished = record.outcome is not None and record.outcome.state is RunState.FINISHED
        if found and all(run.deleted for run in found):
            artifacts = tuple(path for run in found for path in _artifacts(run))
            yield Removable(
                Kind.DELETED, sweep, ended_ms, folder, tuple(outputs(folder)), artifacts
            )
        elif found and finished and self._is_delivered(folder, sweep, found):
            yield Removable(Kind.DELIVERED, sweep, ended_ms, folder, tuple(outputs(folder)))
        elif orphans := tuple(_orphans(folder, record)):
            yield Removable(Kind.CHECKPOINTS, sweep, ended_ms, folder, paths=orphans)

    def _is_delivered(self, folder: RunFolder, sweep: str, found: Sequence[Found]) -> bool:
        """Whether the end of the journal, as it is, is where the sweep's runs go."""
        path = cursor_path(folder.folder, *self._place(sweep))
        run_ids = {run.run_id for run in found}
        return Cursor.delivered_end(path, run_ids) == folder.journal.stat().st_size

    def _place(self, sweep: str) -> tuple[str, str]:
        """Name the MLflow store of a sweep, and the experiment there."""
        last = self._every[sweep][0]
        return destination(last, self._store.root.parent), last.experiment

    def _tracked_runs(self, sweep: str) -> Mapping[str, list[Found]]:
        """Give the runs, by identity, that the sweep's MLflow store has, asked once for each."""
        if sweep not in self._every:
            return {}
        place = self._place(sweep)
        if place not in self._tracked:
            by_identity: dict[str, list[Found]] = {}
            try:
                for run in all_runs(*place, {KIND_TAG: RUN_KIND}):
                    by_identity.setdefault(run.tags.get(IDENTITY_TAG, ""), []).append(run)
            except StoreAwayError as error:
                self.away[place[0]] = str(error)
            self._tracked[place] = by_identity
        return self._tracked[place]


def _orphans(folder: RunFolder, record: RunRecord) -> Iterator[Path]:
    """Give the checkpoint files that no attempt will go on from."""
    finished = record.outcome is not None and record.outcome.state is RunState.FINISHED
    needed = set() if finished else {one.file for one in record.checkpoints}
    if folder.checkpoints.is_dir():
        yield from (path for path in folder.checkpoints.iterdir() if path.name not in needed)


def outputs(folder: RunFolder) -> Iterator[Path]:
    """Give Hydra's output folders of all attempts at a run: those that have a .hydra/ in them."""
    started: Started | None = None
    seen = set()
    for record in read(folder.journal, kinds=(Started, Ended)).records:
        log = ""
        if isinstance(record, Started):
            started, log = record, record.log
        elif isinstance(record, Ended):
            log = record.outcome.log
        if started is None or not log:
            continue
        output = here(folder, started, log).parent
        if output not in seen and (output / ".hydra").is_dir():
            seen.add(output)
            yield output


def _of_deleted(found: Sequence[Found], sweep: str) -> Iterator[Removable]:
    paths = tuple(path for run in found if run.deleted for path in _artifacts(run))
    if paths:
        yield Removable(Kind.ARTIFACTS, sweep, max(map(_modified_ms, paths)), None, paths=paths)


def _artifacts(run: Found) -> Iterator[Path]:
    """Give the folder of a run's artifacts, if it is on this machine and the run's alone."""
    path = local_path(run.artifacts)
    if path is not None and path.is_dir() and run.run_id in path.parts:
        yield path


def _modified_ms(path: Path) -> int:
    return path.stat().st_mtime_ns // 1_000_000
