"""Which runs are gone for their user: deleted in MLflow's UI, or removed by `sweeps.clean`.

Journals know nothing of either. A deleted run is forgotten until it is restored: it isn't reused,
counted or delivered, and its settings are trained anew beside it. To know, a store must be asked,
and MLflow takes a second to import. So what the store said last is noted beside the journals, with
a stamp of the database file, and the store is asked again only if that file has changed. A server
is asked each time. Renaming and tagging change the file, but not the answer.
"""

import json
import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from sweeps.destination import destination
from sweeps.found import deleted_runs
from sweeps.launches import LaunchRecord, launches
from sweeps.store import Store
from sweeps.tags import IDENTITY_TAG, KIND_TAG, RUN_KIND
from sweeps.uris import database

# Where SQLite counts the transactions that were written to a file: its format is documented, and a
# file's time and size alone may stay the same over two writes.
_CHANGE_COUNTER = slice(24, 28)
_REMOVED = "removed.json"


def forgotten(uri: str, experiment: str, store: Store) -> frozenset[str]:
    """Give the identities of the store's runs that were deleted in MLflow or removed here."""
    return deleted(uri, experiment, store) | removed(store)


def deleted(uri: str, experiment: str, store: Store) -> frozenset[str]:
    """Give the identities of runs that are deleted in an experiment of the MLflow store at `uri`.

    What the store said last holds if it can't be reached. One that is lost has nothing deleted.
    """
    path = _note(store, uri, experiment)
    stamp = _stamp(uri)
    file = database(uri)
    if (file is not None and not file.exists()) or not (store.root / "runs").is_dir():
        return frozenset()
    noted = _load(path)
    if stamp and noted.get("stamp") == stamp:
        return frozenset(noted["identities"])
    try:
        found = deleted_runs(uri, experiment, {KIND_TAG: RUN_KIND})
    except Exception:  # noqa: BLE001 - whatever MLflow raises, the store can't say more just now
        return frozenset(noted.get("identities", ()))
    identities = frozenset(run.tags[IDENTITY_TAG] for run in found if IDENTITY_TAG in run.tags)
    _save(path, {"stamp": stamp, "identities": sorted(identities)})
    return identities


def removed(store: Store) -> frozenset[str]:
    """Give the identities of the runs whose journals were removed from the store."""
    return frozenset(one for one in _noted(store) if not store.run(one).journal.exists())


def note_removed(store: Store, identities: Iterable[str]) -> None:
    """Note runs whose journals are about to be removed: their names are not given again."""
    noted = {*_noted(store), *identities}
    _save(store.root / _REMOVED, {"identities": sorted(noted)})


def last_launch(store: Store) -> LaunchRecord | None:
    """Give the last launch of any of the store's sweeps: where its runs go in MLflow."""
    lasts = [last for sweep in store.sweeps() if (last := next(launches(sweep), None))]
    return max(lasts, key=lambda launch: launch.label, default=None)


def forgotten_in(others: Collection[Store]) -> dict[Path, frozenset[str]]:
    """Give what is forgotten in each store of other experiments, by the store's folder."""
    return {
        other.root: forgotten(destination(last, other.root.parent), last.experiment, other)
        for other in others
        if (last := last_launch(other)) is not None
    }


def _stamp(uri: str) -> list[int]:
    """Tell one state of a database file from another; empty for what is no file."""
    path = database(uri)
    if path is None:
        return []
    stamp = []
    for part in (path, Path(f"{path}-wal")):
        with suppress(OSError):
            found = part.stat()
            stamp += [found.st_mtime_ns, found.st_size]
    with suppress(OSError), path.open("rb") as file:
        stamp.append(int.from_bytes(file.read(_CHANGE_COUNTER.stop)[_CHANGE_COUNTER], "big"))
    return stamp


def _noted(store: Store) -> list[str]:
    return list(_load(store.root / _REMOVED).get("identities", ()))


def _note(store: Store, uri: str, experiment: str) -> Path:
    digest = sha256(f"{uri}\n{experiment}".encode()).hexdigest()
    return store.root / f"deleted-{digest[:16]}.json"


def _load(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        noted = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(noted, dict):
            return noted
    return {}


def _save(path: Path, noted: dict[str, list[int] | list[str]]) -> None:
    """Write a note whole; a folder that can't be written has none, and the store is asked again."""
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    with suppress(OSError):
        partial.write_text(json.dumps(noted), encoding="utf-8")
        os.replace(partial, path)
