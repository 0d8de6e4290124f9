"""A new SQLite store for MLflow, whole or not at all.

MLflow makes its tables one by one over a second or more, and can't open a file with some of them:
killed in between, a sweep would leave a store that nothing can be delivered to.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from sweeps.client import client


def make_tables(database: Path) -> None:
    """Make the file with all of MLflow's tables in it, unless it is there."""
    if database.exists():
        return
    database.parent.mkdir(parents=True, exist_ok=True)
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
        with suppress(FileExistsError):  # another launch was first
            os.link(copied, database)
