"""An empty MLflow store, made once: its tables take seconds."""

from pathlib import Path

import pytest

from sweeps.tables import make_tables


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store without any runs, to be copied."""
    database = tmp_path_factory.mktemp("empty") / "mlflow.db"
    make_tables(database)
    return database
