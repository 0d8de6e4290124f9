"""The folder of ours where fetched files, decoded arrays and digests are kept."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ENVIRONMENT = "SWEEPSTACK_CACHE"
LEFTOVER_SECONDS = 86400.0


def root() -> Path:
    """Give the cache folder, which need not exist: the user's own, or $SWEEPSTACK_CACHE."""
    told = os.environ.get(ENVIRONMENT)
    if told:
        return Path(told).expanduser().absolute()
    import platformdirs  # not needed, and so not paid for, where we are told

    return Path(platformdirs.user_cache_dir("sweepstack", appauthor=False))


@contextmanager
def lock(name: str) -> Iterator[None]:
    """Hold the machine-wide lock `name`; the operating system frees it when its holder dies.

    Raises OSError where the cache folder can't be written.
    """
    import filelock  # 30 ms that only a process that builds something has to pay

    folder = root() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder / f"{name}.lock"):
        yield


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a new folder that is gone afterwards, beside its destination if that can be written.

    On the cache's own file system a finished file is moved into place whole, by os.replace.
    """
    try:
        root().mkdir(parents=True, exist_ok=True)
        _clear_leftovers()
        folder = tempfile.TemporaryDirectory(prefix="partial-", dir=root())
    except OSError:
        folder = tempfile.TemporaryDirectory(prefix="sweepstack-")
    with folder as path:
        yield Path(path)


def _clear_leftovers() -> None:
    """Remove what processes that were killed in `scratch` left, a day or more ago."""
    for folder in root().glob("partial-*"):
        if time.time() - folder.stat().st_mtime > LEFTOVER_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def write_json(path: Path, value: Any) -> None:
    """Put `value` at `path`, whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(value, stream)
        os.replace(partial, path)
    except OSError:
        Path(partial).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> Any:
    """Give what `write_json` put there, or None if it isn't there or can't be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
