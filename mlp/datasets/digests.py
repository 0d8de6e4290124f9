"""SHA-256 of what files hold, remembered so that the second look costs one stat.

A .gz file is digested by its *decompressed* bytes: packers recompress, and data set and digest
stay the same.
"""

import gzip
import hashlib
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from mlp.datasets import cache
from mlp.datasets.errors import DatasetError

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20
# A file written again within its clock's tick keeps its stamp: too young a file is not remembered.
YOUNG_NS = 2_000_000_000


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for reading, decompressed if it is gzip. Raises DatasetError for its faults."""
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
        msg = f"{path} is cut short or damaged ({fault}): delete it and fetch or copy it again"
        raise DatasetError(msg) from fault
    except OSError as fault:
        msg = f"{path} can't be read: {fault.strerror or fault}"
        raise DatasetError(msg) from fault


def read(path: Path, expected: str) -> bytes:
    """Give the decompressed bytes of `path`, which must have the SHA-256 `expected`.

    Raises DatasetError if they do not: what is decoded is what was digested.
    """
    with opened(path) as stream:
        held = stream.read()
    found = hashlib.sha256(held).hexdigest()
    if found != expected:
        msg = (
            f"{path} is not the file expected: its content has SHA-256 {found[:12]}…, "
            f"not {expected[:12]}…; delete it and fetch or copy it again"
        )
        raise DatasetError(msg)
    return held


def of_file(path: Path) -> str:
    """Give the SHA-256 of the decompressed bytes of `path`, from memory if it hasn't changed.

    It has not if path, size and the times of last change (in ns) are as remembered. Raises
    DatasetError.
    """
    try:
        path = path.resolve()
        status = path.stat()
    except OSError as fault:
        msg = f"{path} can't be read: {fault.strerror or fault}"
        raise DatasetError(msg) from fault
    stamp = [str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    name = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()
    note = cache.root() / "digests" / f"{name}.json"
    remembered = cache.read_json(note)
    if isinstance(remembered, dict) and remembered.get("stamp") == stamp:
        return str(remembered["sha256"])
    sha256 = hashlib.sha256()
    with opened(path) as stream:
        while block := stream.read(CHUNK):
            sha256.update(block)
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > YOUNG_NS:
        try:
            cache.write_json(note, {"stamp": stamp, "sha256": sha256.hexdigest()})
        except OSError:
            pass  # a cache that can't be written only costs the next look its time
    return sha256.hexdigest()


def combined(sums: Mapping[str, str]) -> str:
    """Give one SHA-256 for several parts: that of their listing as `sha256sum` prints it."""
    listing = "".join(f"{sums[part]}  {part}\n" for part in sorted(sums))
    return hashlib.sha256(listing.encode()).hexdigest()
