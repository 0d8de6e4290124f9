"""MLflow's client as the writer wants it, and as the user does."""

import os
import time
from collections.abc import Iterator
from socket import create_server
from threading import Thread

import pytest
from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES
from mlflow.exceptions import MlflowException

from sweeps.client import client


@pytest.fixture
def hanging_up() -> Iterator[str]:
    """A server that takes every call and hangs up: one that was killed in the middle of it."""
    with create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            try:
                while True:
                    listening.accept()[0].close()
            except OSError:
                return

        Thread(target=hang_up, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_call_to_a_dying_server_ends_within_seconds(hanging_up: str) -> None:
    store = client(hanging_up)
    began = time.monotonic()
    with pytest.raises(MlflowException):
        store.get_experiment_by_name("any")
    assert time.monotonic() - began < 20  # MLflow's own patience is minutes


def test_what_the_user_set_holds_and_workers_inherit_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
    monkeypatch.delenv(name, raising=False)
    client("sqlite://")
    assert name not in os.environ
    assert MLFLOW_HTTP_REQUEST_MAX_RETRIES.get() == 2
    monkeypatch.setenv(name, "5")
    assert MLFLOW_HTTP_REQUEST_MAX_RETRIES.get() == 5
