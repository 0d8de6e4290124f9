"""What every test needs: no telemetry, and stores of its own."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# Before any test module imports mlflow, and for the processes that tests start.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

# How long an example takes says more of the machine's other work than of the code.
settings.register_profile("sweepstack", deadline=None, print_blob=True)
settings.load_profile("sweepstack")


@pytest.fixture(autouse=True)
def no_tracking_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own MLflow server out of the tests."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an MLflow store without any runs, to be copied: its tables take seconds."""
    from sweeps.tables import make_tables

    file = tmp_path_factory.mktemp("empty") / "mlflow.db"
    make_tables(file)
    return file


@pytest.fixture
def mlflow_store(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> str:
    """Give the URI of an empty MLflow store of this test's own."""
    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    shutil.copyfile(empty_store, file)
    return f"sqlite:///{file.as_posix()}"
