"""MLflow's own pages of a finished sweep, in a real browser: what README says one sees there."""

import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from tests.integration.browser import BROWSER, laid_out

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here"),
    pytest.mark.skipif(os.name != "posix", reason="ends a group of processes"),
]
SWEEP = ("-m", "mlp.run", "-m", "activation=tanh,relu", "data.limit=2000", "epochs=3")
# Of the page's own time: what it has to fetch is waited for.
ENOUGH_MS = 20_000
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Ui:
    """MLflow's server for the pages, and the runs of the store that it shows."""

    address: str
    folder: Path
    parent: Run
    children: list[Run]

    @property
    def experiment(self) -> str:
        return str(self.parent.info.experiment_id)

    def shown(self, page: str) -> str:
        """Return the text of a page of MLflow's, tags and blanks folded into single bars."""
        document = laid_out(
            f"{self.address}/#/{page}", self.folder / "browser", milliseconds=ENOUGH_MS
        )
        text = re.sub(r"<(script|style)\b.*?</\1>", "", document, flags=re.DOTALL)
        parts = html.unescape(re.sub(r"<[^>]+>", "\n", text)).split("\n")
        return " | ".join(part.strip() for part in parts if part.strip())


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("ui")
    store = f"sqlite:///{folder / 'mlflow.db'}"
    environment = os.environ | {"MLFLOW_TRACKING_URI": store}
    subprocess.run([sys.executable, *SWEEP], cwd=folder, env=environment, check=True, timeout=300)
    client = MlflowClient(store)
    (experiment,) = (
        one for one in client.search_experiments() if client.search_runs([one.experiment_id])
    )
    runs = client.search_runs([experiment.experiment_id])
    (parent,) = (run for run in runs if run.data.tags["sweeps.kind"] == "sweep")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["mlflow", "ui", "--backend-store-uri", store, "--port", str(port), "--workers", "1"]
    with (folder / "ui.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/health", server)
        yield Ui(address, folder, parent, [run for run in runs if run is not parent])
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(PATIENCE_SECONDS)


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < end:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.2)
    pytest.fail("MLflow's server did not begin")


def test_the_experiments_table_has_the_sweep_and_its_command(ui: Ui) -> None:
    shown = ui.shown(f"experiments/{ui.experiment}/runs")
    assert "fashion_mnist | Training runs" in shown
    assert f" {ui.parent.info.run_name} " in shown
    assert "python -m mlp.run -m activation=tanh,relu data.limit=2000 epochs=3" in shown
    assert "3 | matching runs" in shown


def test_the_sweeps_page_has_its_counts_and_its_children(ui: Ui) -> None:
    shown = ui.shown(f"experiments/{ui.experiment}/runs/{ui.parent.info.run_id}")
    assert "Description | python -m mlp.run -m activation=tanh,relu" in shown
    assert "finished | 2 | failed | 0 | interrupted | 0" in shown
    assert "Status | Finished" in shown
    child_runs = shown.partition("Child runs")[2]
    assert all(str(run.info.run_name) in child_runs for run in ui.children)


def test_a_runs_page_has_its_settings_and_figures(ui: Ui) -> None:
    for run in ui.children:
        shown = ui.shown(f"experiments/{ui.experiment}/runs/{run.info.run_id}")
        for name, value in run.data.params.items():
            assert f" {name} | {value} " in shown
        for name, figure in run.data.metrics.items():
            assert f" {name} | {_as_javascript(figure)} " in shown
        assert f"Parent run | {ui.parent.info.run_name} " in shown
        assert "fashion_mnist (" in shown


def test_a_runs_charts_are_there(ui: Ui) -> None:
    shown = ui.shown(f"experiments/{ui.experiment}/runs/{ui.children[0].info.run_id}/model-metrics")
    assert "Model metrics | (14) |" in shown
    assert re.search(r"best_validation_loss \| [\d.]+ \|", shown)


def test_runs_stand_side_by_side(ui: Ui) -> None:
    shown = ui.shown(f"compare-runs?{_chosen(ui)}")
    assert "Comparing 2 Runs from 1 Experiment" in shown
    names = " | ".join(str(run.info.run_name) for run in ui.children)
    assert f"Run Name: | {names} " in shown
    values = " | ".join(run.data.params["activation"] for run in ui.children)
    assert f" activation | {values} " in shown


def test_curves_of_several_runs_are_one_chart(ui: Ui) -> None:
    keys = quote(json.dumps(["validation_accuracy", "train_accuracy"]))
    shown = ui.shown(
        f"metric?{_chosen(ui)}&metric=%22validation_accuracy%22&plot_metric_keys={keys}"
    )
    assert "validation_accuracy vs train_accuracy" in shown
    for run in ui.children:
        assert f"{run.info.run_name} (train_accuracy)" in shown
        last = run.data.metrics["validation_accuracy"]
        assert f"{run.info.run_name} | {_as_javascript(last)} (step=3)" in shown


def _chosen(ui: Ui) -> str:
    runs = json.dumps([run.info.run_id for run in ui.children])
    return f"runs={quote(runs)}&experiments={quote(json.dumps([ui.experiment]))}"


def _as_javascript(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)
