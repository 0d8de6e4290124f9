"""MLflow's own pages of a finished sweep, in a real browser: what README says one sees there."""

import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from tests.integration.browser import BROWSER, laid_out
from tests.integration.disturbed import PATIENCE_SECONDS
from tests.integration.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here"),
]
SWEEP = ("-m", "mlp.run", "-m", "activation=tanh,relu", "data.limit=2000", "epochs=3")
CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
# Of the page's own time, and in pixels: a chart is drawn when it is scrolled to.
ENOUGH_MS, TALL = 60_000, 4000


@dataclass(frozen=True)
class Ui:
    """MLflow's pages, and the runs of the store that they show."""

    address: str
    folder: Path
    parent: Run
    children: list[Run]

    @property
    def experiment(self) -> str:
        return str(self.parent.info.experiment_id)

    @property
    def chosen(self) -> str:
        """The children and their experiment, as the pages that compare runs are told them."""
        runs = json.dumps([run.info.run_id for run in self.children])
        return f"runs={quote(runs)}&experiments={quote(json.dumps([self.experiment]))}"

    def document(self, page: str) -> str:
        url = f"{self.address}/#/{page}"
        return laid_out(url, self.folder / "browser", height=TALL, milliseconds=ENOUGH_MS)

    def shown(self, page: str) -> str:
        """Return a page's text, with a bar between the texts of any two elements."""
        text = re.sub(r"<(script|style)\b.*?</\1>", "", self.document(page), flags=re.DOTALL)
        parts = html.unescape(re.sub(r"<[^>]+>", "\n", text)).split("\n")
        return " | ".join(part.strip() for part in parts if part.strip())


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    """One for the module, at most one for each worker of pytest's: it takes some ten seconds."""
    folder = tmp_path_factory.mktemp("ui")
    store = f"sqlite:///{(folder / 'mlflow.db').as_posix()}"
    theirs = ("MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID")
    environment = {name: value for name, value in os.environ.items() if name not in theirs}
    environment["MLFLOW_TRACKING_URI"] = store
    command = [sys.executable, *SWEEP]
    subprocess.run(command, cwd=folder, env=environment, check=True, timeout=PATIENCE_SECONDS)
    client = MlflowClient(store)
    found = [
        run
        for one in client.search_experiments()
        for run in client.search_runs([one.experiment_id])
    ]
    (parent,) = (run for run in found if run.data.tags["sweeps.kind"] == "sweep")
    children = [run for run in found if run is not parent]
    assert len(children) == 2
    server = Server(folder, store)
    try:
        server.start()
        yield Ui(server.uri, folder, parent, children)
    finally:
        server.kill()


def test_the_experiments_table_has_the_sweep_and_its_command(ui: Ui) -> None:
    shown = ui.shown(f"experiments/{ui.experiment}/runs")
    assert "fashion_mnist" in shown
    assert f" {ui.parent.info.run_name} " in shown
    assert "python -m mlp.run -m activation=tanh,relu data.limit=2000 epochs=3" in shown


def test_the_sweeps_page_has_its_counts_and_its_children(ui: Ui) -> None:
    shown = ui.shown(f"experiments/{ui.experiment}/runs/{ui.parent.info.run_id}")
    assert shown.count("python -m mlp.run -m activation=tanh,relu") > 1  # the note, and the source
    assert "finished | 2 | failed | 0 | interrupted | 0" in shown
    assert all(str(run.info.run_name) in shown for run in ui.children)


def test_a_runs_page_has_its_settings_and_figures(ui: Ui) -> None:
    for run in ui.children:
        shown = ui.shown(f"experiments/{ui.experiment}/runs/{run.info.run_id}")
        assert len(run.data.params) > 20
        for name, value in run.data.params.items():
            assert f" {name} | {value} " in shown
        assert {*CURVES, "test_accuracy", "best_epoch"} < run.data.metrics.keys()
        for name, figure in run.data.metrics.items():
            assert f" {name} | {_as_javascript(figure)} " in shown
        assert f" {ui.parent.info.run_name} " in shown


def test_each_of_a_runs_curves_is_drawn(ui: Ui) -> None:
    for run in ui.children:
        page = f"experiments/{ui.experiment}/runs/{run.info.run_id}/model-metrics"
        document = ui.document(page)
        for curve in CURVES:
            assert f"{run.info.run_name} ({curve})" in document
        assert document.count('class="scatterlayer') >= len(CURVES)


def test_runs_stand_side_by_side(ui: Ui) -> None:
    shown = ui.shown(f"compare-runs?{ui.chosen}")
    names = " | ".join(str(run.info.run_name) for run in ui.children)
    assert f" {names} " in shown
    values = " | ".join(run.data.params["activation"] for run in ui.children)
    assert f" activation | {values} " in shown


def test_curves_of_several_runs_are_one_chart(ui: Ui) -> None:
    keys = quote(json.dumps(["validation_accuracy", "train_accuracy"]))
    shown = ui.shown(f"metric?{ui.chosen}&metric=%22validation_accuracy%22&plot_metric_keys={keys}")
    for run in ui.children:
        assert f"{run.info.run_name} (train_accuracy)" in shown
        last = run.data.metrics["validation_accuracy"]
        assert f"{run.info.run_name} | {_as_javascript(last)} " in shown


def _as_javascript(number: float) -> str:
    """Write a number as the pages do, which hold for those that Python writes without an e."""
    return str(int(number)) if number == int(number) else repr(number)
