"""What every test needs: no telemetry, and stores of its own."""

import os
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
def mlflow_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make one MLflow store for tests that only need one to be there: its tables take seconds."""
    from mlflow import MlflowClient

    folder: Path = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{(folder / 'mlflow.db').as_posix()}"
    MlflowClient(uri).search_experiments()
    return uri
