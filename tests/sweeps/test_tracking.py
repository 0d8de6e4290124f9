"""MLflow's store as the writer uses it: where it is, and what it takes at a time."""

import logging
import os
import subprocess
import sys
import time
from socket import create_server
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.utils.validation import _validate_batch_log_limits

from sweeps.found import StoreAwayError
from sweeps.replay import Point
from sweeps.state import RunState
from sweeps.tracking import Tracking


def test_more_than_a_batch_of_everything_arrives(
    mlflow_uri: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracking = Tracking(mlflow_uri, request.node.name)
    real = MlflowClient.log_batch

    def as_a_server(self: Any, run_id: str, metrics: Any = (), params: Any = (), tags: Any = ()):  # noqa: ANN202
        # A database takes more; a server refuses it.
        _validate_batch_log_limits(metrics, params, tags)
        real(self, run_id, metrics=metrics, params=params, tags=tags)

    monkeypatch.setattr(MlflowClient, "log_batch", as_a_server)
    run_id = tracking.create("run", 1000, {"a": "b"})
    tracking.log(
        run_id,
        points=[Point("loss", step, step, 0.5) for step in range(2500)],
        params={f"p{number}": str(number) for number in range(250)},
        tags={f"t{number}": "\N{SNOWMAN}" * 9000 for number in range(250)},
    )
    tracking.end(run_id, RunState.FINISHED, 5000)
    run = MlflowClient(mlflow_uri).get_run(run_id)
    assert len(MlflowClient(mlflow_uri).get_metric_history(run_id, "loss")) == 2500
    assert run.data.params == {f"p{number}": str(number) for number in range(250)}
    assert run.data.tags["t249"] == "\N{SNOWMAN}" * 8000
    assert (run.info.status, run.info.end_time) == ("FINISHED", 5000)


def test_a_run_is_found_by_its_tags_one_in_use_first(
    mlflow_uri: str, request: pytest.FixtureRequest
) -> None:
    tracking = Tracking(mlflow_uri, request.node.name)
    tags = {"sweeps.identity": "it's", "sweeps.kind": "run"}
    assert tracking.find(tags) is None
    deleted = tracking.create("run", 1000, tags)
    MlflowClient(mlflow_uri).delete_run(deleted)
    found = tracking.find(tags)
    assert found is not None
    assert (found.run_id, found.deleted) == (deleted, True)
    in_use = tracking.create("run", 1000, tags)
    found = tracking.find(tags)
    assert found is not None
    assert (found.run_id, found.deleted) == (in_use, False)
    assert tracking.find({**tags, "sweeps.kind": "sweep"}) is None


def test_a_deleted_experiment_is_said_to_be_so(
    mlflow_uri: str, request: pytest.FixtureRequest
) -> None:
    made = Tracking(mlflow_uri, request.node.name)
    MlflowClient(mlflow_uri).delete_experiment(made.experiment_id)
    with pytest.raises(StoreAwayError, match="is deleted: restore it"):
        Tracking(mlflow_uri, request.node.name)


def test_a_server_that_is_not_there_is_known_at_once() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(StoreAwayError):
        Tracking(f"http://127.0.0.1:{port}", "any")
    assert time.monotonic() - began < 3


def test_mlflow_says_nothing_but_warnings(mlflow_uri: str, caplog: Any, capfd: Any) -> None:
    logging.getLogger("mlflow").setLevel(logging.INFO)
    Tracking(mlflow_uri, "quiet")
    assert capfd.readouterr() == ("", "")
    assert not logging.getLogger("mlflow.store").isEnabledFor(logging.INFO)
    assert logging.getLogger("mlflow.store").isEnabledFor(logging.WARNING)


def test_mlflow_is_not_imported_before_it_is_needed() -> None:
    code = (
        "import sweeps.delivery, sweeps.progress, sweeps.answer, sweeps.worker, sys;"
        "sys.exit('mlflow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))
