"""A new store is there whole, and one that is there is left alone."""

import multiprocessing
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from mlflow import MlflowClient

from sweeps.tables import make_tables


def test_a_process_killed_while_it_makes_a_store_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    database = tmp_path / "mlflow.db"
    making = multiprocessing.get_context("spawn").Process(target=make_tables, args=(database,))
    making.start()
    while not list(tmp_path.glob("sweepstack-*/made.db")):
        time.sleep(0.005)
    making.kill()
    making.join()
    assert not database.exists()
    make_tables(database)
    assert MlflowClient(f"sqlite:///{database.as_posix()}").search_experiments()


def test_a_store_that_is_there_stays(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    database.write_text("not to be touched")
    make_tables(database)
    assert database.read_text() == "not to be touched"


@pytest.mark.skipif(os.name != "posix", reason="Windows removes no file that is open")
def test_what_a_removed_database_left_behind_does_not_come_back(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    make_tables(database)
    with closing(sqlite3.connect(database)) as still_open:
        still_open.execute("PRAGMA wal_autocheckpoint=0")
        still_open.execute(
            "INSERT INTO experiments (name, lifecycle_stage) VALUES ('old', 'active')"
        )
        still_open.commit()
        database.unlink()
        assert Path(f"{database}-wal").stat().st_size > 0
        make_tables(database)
    names = [e.name for e in MlflowClient(f"sqlite:///{database.as_posix()}").search_experiments()]
    assert names == ["Default"]
