"""SHA-256 of what files hold, remembered so that the second look costs one stat.

A .gz file is digested by its *decompressed* bytes: packers recompress, and data set and digest
stay the same.
"""

import contextlib
import gzip
import hashlib
import os
import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

from mlp.datasets import cache
from mlp.datasets.errors import FileError

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20
# A file written again within its clock's tick keeps its stamp: too young a file is not remembered.
YOUNG_NS = 2_000_000_000


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for reading, decompressed if it is gzip. Raises FileError for its faults."""
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == GZIP_MAGIC
            stream.seek(0)
            if not packed:
                yield stream
                return
            with gzip.GzipFile(fileobj=stream) as unpacked:
                yield cast("BinaryIO", unpacked)
    except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
        raise FileError(path, f"is cut short or damaged ({fault})") from fault
    except OSError as fault:
        raise _unreadable(path, fault) from fault


def read(path: Path, expected: str) -> bytes:
    """Give the decompressed bytes of `path`, which must have the SHA-256 `expected`.

    Raises FileError if they do not: what is decoded is what was digested.
    """
    with opened(path) as stream:
        held = stream.read()
    found = hashlib.sha256(held).hexdigest()
    if found != expected:
        fault = f"has content of SHA-256 {found[:12]}… where {expected[:12]}… is expected"
        raise FileError(path, fault)
    return held


def of_file(path: Path) -> str:
    """Give the SHA-256 of the decompressed bytes of `path`, from memory if it hasn't changed.

    It has not if path, size and the times of last change (in ns) are as remembered. Raises
    DatasetError.
    """
    try:
        place = str(path.resolve())
        status = path.stat()
    except OSError as fault:
        raise _unreadable(path, fault) from fault
    stamp = [place, status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    name = hashlib.sha256(os.fsencode(place)).hexdigest()
    note = cache.root() / "digests" / f"{name}.json"
    remembered = cache.read_json(note)
    if isinstance(remembered, dict) and remembered.get("stamp") == stamp:
        return str(remembered["sha256"])
    sha256 = hashlib.sha256()
    with opened(path) as stream:
        while block := stream.read(CHUNK):
            sha256.update(block)
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > YOUNG_NS:
        with contextlib.suppress(OSError):  # no cache to write costs the next look its time
            cache.write_json(note, {"stamp": stamp, "sha256": sha256.hexdigest()})
    return sha256.hexdigest()


def _unreadable(path: Path, fault: OSError) -> FileError:
    return FileError(path, f"can't be read: {fault.strerror or fault}", "check path and rights")


def combined(sums: Mapping[str, str]) -> str:
    """Give one SHA-256 for several parts: that of their listing as `sha256sum` prints it."""
    listing = "".join(f"{sums[part]}  {part}\n" for part in sorted(sums))
    return hashlib.sha256(listing.encode()).hexdigest()
