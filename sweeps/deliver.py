"""Delivery outside of a sweep: brings what a store lacks of some runs, from their journals."""

from collections.abc import Iterable

from sweeps.child import KIND_TAG, SWEEP_KIND, SWEEP_TAG, Child
from sweeps.cursor import cursor_path
from sweeps.launches import launches
from sweeps.store import RunFolder, Store
from sweeps.tracking import Tracking
from sweeps.watch import Followed


def deliver(store: Store, folders: Iterable[RunFolder], uri: str, experiment: str) -> int:
    """Deliver the runs of `folders` to an experiment of the store at `uri`; returns how many.

    Raises `StoreAwayError` when the store can't be reached.
    """
    tracking = Tracking(uri, experiment)
    tracking.reach()
    delivered = 0
    for folder in folders:
        definition = folder.headline().definition
        if definition is None:
            continue
        path = cursor_path(folder.folder, uri, experiment)
        child = Child(Followed(folder), path, reused=True)
        if not child.is_delivered(tracking.place, definition.sweep):
            child.read_on()
            child.deliver(tracking, definition.sweep, _parent(tracking, store, definition.sweep))
            delivered += 1
    return delivered


def _parent(tracking: Tracking, store: Store, sweep: str) -> str:
    """Find the sweep's own run, or make it as its last launch would have."""
    tags = {SWEEP_TAG: sweep, KIND_TAG: SWEEP_KIND}
    found = tracking.find(tags)
    if found is not None and not found.deleted:
        return found.run_id
    last = next(launches(store.sweep(sweep)), None)
    if last is None:
        return tracking.create(sweep, 0, tags)
    return tracking.create(last.name, last.time_ms, tags | {"mlflow.note.content": last.command})
