"""Decoded arrays, kept in the cache as .npy and mapped read-only by every process.

An entry is a folder of four .npy files and, written last, a record of their sizes, times and
SHA-256. So an entry is whole or absent; one that was touched since is digested before it is
believed, and built again if it isn't what was written.
"""

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mlp.datasets import cache
from mlp.datasets.dataset import Arrays

# Part of every key: raise it when the meaning of the stored arrays changes.
VERSION = 1
RECORD = "record.json"
log = logging.getLogger(__name__)


def folder(key: str) -> Path:
    """Give the folder of the entry `key`, which need not exist."""
    return cache.root() / "decoded" / f"{key[:32]}-{VERSION}"


def mapped_or_built(key: str, build: Callable[[], Arrays]) -> Arrays:
    """Give the arrays of `key`, mapped; the first process on the machine builds and stores them.

    Where the cache can't be written, they are built in this process's memory, with a warning.
    """
    found = mapped(key)
    if found is not None:
        return found
    built = None
    try:
        with cache.lock(f"decoded-{key[:32]}"):
            found = mapped(key)
            if found is not None:
                return found
            built = build()
            _store(folder(key), built)
            found = mapped(key)
    except OSError as fault:
        log.warning(
            "the cache folder %s can't be written (%s): each process decodes the data set for "
            "itself; set %s to a folder that can",
            cache.root(),
            fault.strerror or fault,
            cache.ENVIRONMENT,
        )
    if found is None:
        found = built or build()
        for array in found:
            array.setflags(write=False)
    return found


def check(key: str) -> None:
    """Digest the entry `key`, if there is one, and remove it unless it is what was written.

    `mapped` trusts sizes and times; this finds what a failing disk did without touching them.
    """
    place = folder(key)
    record = cache.read_json(place / RECORD)
    try:
        if record is None or _sums(place) == {name: record[name]["sha256"] for name in record}:
            return
    except (OSError, KeyError, TypeError):
        pass
    log.warning("the decoded arrays in %s are damaged: they are made again", place)
    (place / RECORD).unlink(missing_ok=True)


def mapped(key: str) -> Arrays | None:
    """Map the arrays of `key`; None if they aren't there, or aren't what was written."""
    place = folder(key)
    record = cache.read_json(place / RECORD)
    try:
        if _stamps(place) != {name: part["stamp"] for name, part in record.items()}:
            if _sums(place) != {name: part["sha256"] for name, part in record.items()}:
                return None
            _note(place)
        maps = [np.load(place / f"{name}.npy", mmap_mode="r") for name in Arrays._fields]
    except (OSError, ValueError, EOFError, AttributeError, KeyError, TypeError):
        return None
    # The plain ndarray view: np.memmap's own slicing and arithmetic are slower.
    return Arrays(*(array.view(np.ndarray) for array in maps))


def _store(place: Path, arrays: Arrays) -> None:
    with cache.scratch() as scratch:
        for name, array in zip(Arrays._fields, arrays, strict=True):
            with (scratch / f"{name}.npy").open("xb") as stream:
                np.save(stream, array, allow_pickle=False)
                stream.flush()
                os.fsync(stream.fileno())  # the record, written last, must hold after a power cut
        place.mkdir(parents=True, exist_ok=True)
        (place / RECORD).unlink(missing_ok=True)
        for name in Arrays._fields:
            os.replace(scratch / f"{name}.npy", place / f"{name}.npy")
    _note(place)


def _note(place: Path) -> None:
    stamps, sums = _stamps(place), _sums(place)
    record = {name: {"stamp": stamps[name], "sha256": sums[name]} for name in stamps}
    try:
        cache.write_json(place / RECORD, record)
    except OSError as fault:
        log.debug("%s can't be written: %s", place / RECORD, fault)


def _stamps(place: Path) -> dict[str, list[int]]:
    statuses = {name: (place / f"{name}.npy").stat() for name in Arrays._fields}
    return {name: [status.st_size, status.st_mtime_ns] for name, status in statuses.items()}


def _sums(place: Path) -> dict[str, str]:
    sums = {}
    for name in Arrays._fields:
        with (place / f"{name}.npy").open("rb") as stream:
            sums[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return sums
