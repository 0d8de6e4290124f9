"""A new SQLite store for MLflow, whole or not at all.

MLflow makes its tables one by one over a second or more, and can't open a file with some of them:
killed in between, a sweep would leave a store that nothing can be delivered to.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

from sweeps.client import client


def make_tables(database: Path) -> None:
    """Make the file with all of MLflow's tables in it, unless it is there."""
    if database.exists():
        return
    database.parent.mkdir(parents=True, exist_ok=True)
    name = sha256(str(database.absolute()).encode()).hexdigest()[:16]
    with FileLock(Path(tempfile.gettempdir(), f"sweepstack-{name}.lock")):
        if not database.exists():  # another launch may have been first
            _make(database)


def _make(database: Path) -> None:
    with tempfile.TemporaryDirectory(
        prefix=f".{database.name}-", dir=database.parent, ignore_cleanup_errors=True
    ) as folder:
        made, copied = Path(folder, "made"), Path(folder, "copied")
        client(f"sqlite:///{made.as_posix()}").search_experiments()
        # A copy: MLflow keeps its own open, and Windows then neither moves nor links it.
        shutil.copyfile(made, copied)
        # A write-ahead log, which the file remembers: a commit waits for the disk once, not thrice,
        # and nobody who reads waits for the writer. A store that is there already stays as it is.
        with closing(sqlite3.connect(copied)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        for left in ("-wal", "-shm"):
            # Of a database that was removed while it was open; SQLite would put it into the new.
            with suppress(FileNotFoundError):
                os.unlink(f"{database}{left}")
        with suppress(FileExistsError):  # MLflow itself was first
            os.link(copied, database)
