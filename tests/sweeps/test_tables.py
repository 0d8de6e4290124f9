"""A new store is there whole, and one that is there is left alone."""

import multiprocessing
import time
from pathlib import Path

from mlflow import MlflowClient

from sweeps.tables import make_tables


def test_a_process_killed_while_it_makes_a_store_leaves_none(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    making = multiprocessing.get_context("spawn").Process(target=make_tables, args=(database,))
    making.start()
    while not list(tmp_path.glob(".mlflow.db-*/made")):
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
