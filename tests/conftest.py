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
def empty_mlflow_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the tables of an MLflow store once: it takes seconds."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(f"sqlite:///{path.as_posix()}").search_experiments()
    return path


@pytest.fixture
def mlflow_store(tmp_path_factory: pytest.TempPathFactory, empty_mlflow_store: Path) -> str:
    """Give the URI of an empty MLflow store of this test's own."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    shutil.copyfile(empty_mlflow_store, path)
    return f"sqlite:///{path.as_posix()}"
