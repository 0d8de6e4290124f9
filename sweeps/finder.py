"""A run by what a user has in hand: its identity or its MLflow run id, or the beginning of one."""

import json
from collections.abc import Iterator
from pathlib import Path

from sweeps.launches import launches
from sweeps.store import RunFolder, Store, stores


class NotFoundError(LookupError):
    """No run, or more than one, goes by that name; the message says so."""


def find(root: Path, name: str) -> tuple[Store, RunFolder]:
    """Find the one run whose identity, or MLflow run id, begins with `name`, and its store.

    `root` is the folder of all stores. Raises `NotFoundError`.
    """
    found = [
        (store, folder)
        for store in stores(root)
        for folder in store.runs()
        if folder.identity.startswith(name) or any(i.startswith(name) for i in _run_ids(folder))
    ]
    if len(found) != 1:
        many = f"{len(found)} runs go by it: give more of it" if found else "there is no such run"
        msg = f"{name} names no run in {root}: {many}"
        raise NotFoundError(msg)
    return found[0]


def places(store: Store, folder: RunFolder) -> set[tuple[str, str]]:
    """Give the MLflow stores, with the experiment in each, to which the run's sweep delivers."""
    definition = folder.headline().definition
    if definition is None:
        return set()
    return {(one.uri, one.experiment) for one in launches(store.sweep(definition.sweep))}


def _run_ids(folder: RunFolder) -> Iterator[str]:
    for cursor in folder.folder.glob("delivered-*.json"):
        yield json.loads(cursor.read_text(encoding="utf-8"))["run_id"]
