"""A new SQLite store for MLflow, whole or not at all.

MLflow makes its tables one by one over a second or more, and can't open a file with some of them:
killed in between, a sweep would leave a store that nothing can be delivered to.
"""

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

from sweeps.client import client, get_imported
from sweeps.uris import database


def make_tables(place: Path) -> None:
    """Make the file with all of MLflow's tables in it, unless it is there."""
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    name = sha256(str(place.absolute()).encode()).hexdigest()[:16]
    with FileLock(Path(tempfile.gettempdir(), f"sweepstack-{name}.lock")):
        if not place.exists():  # another launch may have been first
            _make(place)


def get_ready(uri: str) -> None:
    """Import what a client of a database needs, and make the tables of one that is to be made.

    It takes 1.5 and 0.7 seconds; nothing is written to where the store is to be.
    """
    get_imported()
    file = database(uri)
    if file is not None and not file.exists():
        _tables()


def _make(place: Path) -> None:
    with tempfile.TemporaryDirectory(
        prefix=f".{place.name}-", dir=place.parent, ignore_cleanup_errors=True
    ) as folder:
        made = Path(folder, "made")
        made.write_bytes(_tables())
        # A write-ahead log, which the file remembers: a commit waits for the disk once, not thrice,
        # and nobody who reads waits for the writer. A store that is there already stays as it is.
        with closing(sqlite3.connect(made)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        for left in ("-wal", "-shm"):
            # Of a database that was removed while it was open; SQLite would put it into the new.
            with suppress(FileNotFoundError):
                os.unlink(f"{place}{left}")
        with suppress(FileExistsError):  # MLflow itself was first
            os.link(made, place)


@cache
def _tables() -> bytes:
    """Give the content of a database with MLflow's tables and nothing in them."""
    # MLflow keeps it open, and Windows then neither moves, links nor removes it.
    with tempfile.TemporaryDirectory(prefix="sweepstack-", ignore_cleanup_errors=True) as folder:
        made = Path(folder, "made.db")
        client(f"sqlite:///{made.as_posix()}").search_experiments()
        return made.read_bytes()
