"""Filling an MLflow store from the journals alone: runs, and the sweeps' own runs above them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sweeps.child import Child
from sweeps.cursor import cursor_path
from sweeps.found import StoreAwayError
from sweeps.launches import LaunchRecord, kept_files, launches, merged
from sweeps.logs import log_of
from sweeps.parent import Parent, find_parent, is_closed
from sweeps.replay import RunRecord
from sweeps.results import Results
from sweeps.state import RunState
from sweeps.store import RunFolder, Store
from sweeps.tags import KIND_TAG, SWEEP_KIND, SWEEP_TAG
from sweeps.tracking import Tracking
from sweeps.turns import turn
from sweeps.watch import Followed


@dataclass
class Tally:
    """What came of it, in runs, and how many result files and logs there were no more."""

    delivered: int = 0
    present: int = 0
    running: int = 0
    deleted: int = 0
    files_lost: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    """Why a run could not be delivered, by its identity."""


class Filling:
    """Fills one experiment of an MLflow store with runs of `store`.

    Delivering what is there already changes nothing, and what the user deleted there stays so.
    Runs that a worker is at are left to the launch that it works for.
    """

    def __init__(self, store: Store, tracking: Tracking) -> None:
        self.tally = Tally()
        self._store = store
        self._tracking = tracking
        self._launches: dict[str, list[LaunchRecord]] = {}
        self._parents: dict[str, Parent | str] = {}
        self._running: set[str] = set()
        self._latest_ms: dict[str, int] = {}

    def runs(self, folders: Iterable[RunFolder]) -> None:
        """Deliver runs as children of the sweeps that first trained them.

        Raises `StoreAwayError` when the store can't be reached.
        """
        for folder in folders:
            record = folder.headline()
            if record.definition is None or record.started is None:
                continue
            sweep = record.definition.sweep
            latest_ms = record.ended_ms or record.started.time_ms
            self._latest_ms[sweep] = max(self._latest_ms.get(sweep, 0), latest_ms)
            if folder.state(record) is RunState.RUNNING:
                self.tally.running += 1
                self._running.add(sweep)
                continue
            if self._deliver(folder, record, sweep):
                self.tally.files_lost += _lost(folder, record)

    def sweeps(self, keys: Iterable[str]) -> None:
        """Tag what other sweeps' runs each sweep uses, and deliver its table and its counts."""
        for key in keys:
            latest_first = self._of(key)
            if not latest_first:
                continue
            whole = merged(latest_first)
            for identity in dict.fromkeys(job.identity for job in whole.jobs):
                folder = self._store.run(identity)
                record = folder.headline()
                other = record.definition is not None and record.definition.sweep != key
                if other and folder.state(record).is_terminal:
                    self._deliver(folder, record, key, again=True)
            found = find_parent(self._tracking, key)
            closed = found is not None and (found.deleted or is_closed(found, len(latest_first)))
            if key in self._running or (closed and key not in self._parents):
                continue
            parent = self._parent(key)
            if isinstance(parent, Parent):
                kept = kept_files(self._store.sweep(key), whole.label)
                results = Results.read(whole, self._store)
                parent.close(results, kept, self._latest_ms.get(key, whole.time_ms))

    def _deliver(
        self, folder: RunFolder, record: RunRecord, sweep: str, *, again: bool = False
    ) -> bool:
        """Deliver a run to a sweep; False if there was nothing to do. `again`: it was counted."""
        tracking, tally = self._tracking, self.tally
        child = Child(Followed(folder), cursor_path(folder.folder, tracking.uri, tracking.name))
        if child.is_delivered(tracking.place, sweep):
            tally.present += not again
            return False
        try:
            child.read_on()
            child.deliver(tracking, sweep, self._run_id(sweep))
            if folder.state(record) is RunState.INTERRUPTED:
                child.interrupt(tracking)
        except StoreAwayError:
            raise
        except Exception as error:  # noqa: BLE001 - told for this run; the others go on
            tracking.reach()
            tally.refused[folder.identity] = str(error).strip().partition("\n")[0]
            return False
        tally.deleted += child.is_deleted and not again
        tally.delivered += not child.is_deleted and not again
        return not child.is_deleted

    def _of(self, sweep: str) -> list[LaunchRecord]:
        if sweep not in self._launches:
            self._launches[sweep] = list(launches(self._store.sweep(sweep)))
        return self._launches[sweep]

    def _parent(self, sweep: str) -> Parent | str:
        """Find the sweep's own run or make it; without a record of a launch, under its key."""
        if sweep not in self._parents:
            latest_first = self._of(sweep)
            with turn(self._store.root):
                if latest_first:
                    self._parents[sweep] = Parent(self._tracking, latest_first)
                else:
                    found = find_parent(self._tracking, sweep)
                    tags = {SWEEP_TAG: sweep, KIND_TAG: SWEEP_KIND}
                    self._parents[sweep] = (
                        found.run_id if found else self._tracking.create(sweep, 0, tags)
                    )
        return self._parents[sweep]

    def _run_id(self, sweep: str) -> str:
        parent = self._parent(sweep)
        return parent if isinstance(parent, str) else parent.run_id


def _lost(folder: RunFolder, record: RunRecord) -> int:
    """Count the files that the journal names and that are no more."""
    kept = (folder.artifacts / artifact.file for artifact in record.artifacts.values())
    log_lost = bool(record.outcome and record.outcome.log) and log_of(folder, record) is None
    return sum(not path.is_file() for path in kept) + log_lost
