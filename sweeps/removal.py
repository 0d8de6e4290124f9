"""Removing what can be removed, so that a crash in the middle, or a worker, loses nothing by it."""

import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from sweeps.deleted import note_removed, removed
from sweeps.journal import is_held
from sweeps.launches import LaunchRecord
from sweeps.removable import Removable, outputs
from sweeps.store import RunFolder, Store

_MULTIRUN = "multirun.yaml"


def remove(store: Store, things: Sequence[Removable], every: Iterable[Store]) -> list[Removable]:
    """Remove things of a store; give those that were removed, without what a process holds now.

    An output folder goes with the last of the runs, in `every` store, that are in it.
    """
    # First, as these names must not be given again: MLflow has runs of them.
    note_removed(store, (one.folder.identity for one in things if one.folder and one.takes_run))
    gone = []
    for one in things:
        if one.folder is not None and one.takes_run:
            if not _take_away(one.folder):
                continue
        elif one.folder is not None and is_held(one.folder.lock):
            continue
        for path in one.paths:
            _delete(path)
        gone.append(one)
    left = {output for other in every for folder in other.runs() for output in outputs(folder)}
    for output in {output for one in gone for output in one.outputs} - left:
        if output not in store.root.parents:
            _delete(output)
            _delete_sweep_folder(output.parent)
    return gone


def forget_sweeps(store: Store, sweeps: Iterable[tuple[str, Sequence[LaunchRecord]]]) -> None:
    """Remove the launches of sweeps all of whose runs are removed: nothing is left to tell."""
    noted = removed(store)
    for key, launched in sweeps:
        wanted = {job.identity for launch in launched for job in launch.jobs}
        if wanted and all(one in noted and not store.run(one).folder.exists() for one in wanted):
            _delete(store.sweep(key))


def _take_away(folder: RunFolder) -> bool:
    """Remove a run's folder, unless a process holds it."""
    # Whoever begins at the run now finds nothing and begins anew; hidden names are no runs.
    aside = folder.folder.with_name(f".removed-{folder.identity}")
    lock = FileLock(folder.lock, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    try:
        os.replace(folder.folder, aside)
    except PermissionError:  # Windows moves no folder with an open file in it
        lock.release()
        os.replace(folder.folder, aside)
    finally:
        lock.release()
    _delete(aside)
    return True


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _delete_sweep_folder(folder: Path) -> None:
    """Remove Hydra's folder of a whole sweep once nothing but its configuration is in it."""
    with suppress(OSError):
        if {path.name for path in folder.iterdir()} == {_MULTIRUN}:
            (folder / _MULTIRUN).unlink()
            folder.rmdir()
