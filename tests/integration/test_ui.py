"""MLflow's own pages of a finished sweep, in a real browser: what README says one sees there."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from selenium.common.exceptions import TimeoutException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.integration.browser import BROWSER, DRIVER, browsing, text
from tests.integration.disturbed import PATIENCE_SECONDS
from tests.integration.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None or DRIVER is None, reason="there is no Chromium here"),
]
SWEEP = ("-m", "mlp.run", "-m", "activation=tanh,relu", "data.limit=2000", "epochs=3")
COMMAND = " ".join(("python", *SWEEP))
CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
LINE = ".scatterlayer path.js-line"
# In pixels: a chart is drawn when it is scrolled to, so all are to be in sight.
WIDE, TALL = 1400, 4000


@dataclass(frozen=True)
class Ui:
    """MLflow's pages in a browser, and the runs of the store that they show."""

    address: str
    driver: Chrome
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

    def open(self, page: str) -> None:
        self.driver.get("about:blank")  # a page that differs only behind its # isn't loaded anew
        self.driver.get(f"{self.address}/#/{page}")

    def comes_to_show(self, *wanted: str) -> None:
        """Wait until the page's text has all of `wanted`.

        It fetches what it shows bit by bit, and doesn't say when it is done.
        """

        def missing() -> list[str]:
            shown = text(self.driver.page_source)
            return [one for one in wanted if one not in shown]

        self.comes_to(lambda: not missing(), lambda: f"show {missing()}")

    def comes_to(self, condition: Callable[[], bool], named: Callable[[], str]) -> None:
        try:
            WebDriverWait(self.driver, PATIENCE_SECONDS).until(lambda _: condition())
        except TimeoutException:
            pytest.fail(f"never came to {named()}: {text(self.driver.page_source)}")


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
        with browsing(folder / "browser", width=WIDE, height=TALL) as driver:
            yield Ui(server.uri, driver, parent, children)
    finally:
        server.kill()


def test_the_experiments_table_has_the_sweep_and_its_command(ui: Ui) -> None:
    ui.open(f"experiments/{ui.experiment}/runs")
    ui.comes_to_show("fashion_mnist", f" {ui.parent.info.run_name} ", COMMAND)


def test_the_sweeps_page_has_its_counts_and_its_children(ui: Ui) -> None:
    ui.open(f"experiments/{ui.experiment}/runs/{ui.parent.info.run_id}")
    ui.comes_to_show("finished | 2 | failed | 0 | interrupted | 0")
    ui.comes_to_show(*(str(run.info.run_name) for run in ui.children))
    # It is the run's note, and its source.
    ui.comes_to(lambda: ui.driver.page_source.count(COMMAND) > 1, lambda: "show the command twice")


def test_a_runs_page_has_its_settings_and_figures(ui: Ui) -> None:
    for run in ui.children:
        assert len(run.data.params) > 20
        assert {*CURVES, "test_accuracy", "best_epoch"} < run.data.metrics.keys()
        figures = {name: _as_javascript(figure) for name, figure in run.data.metrics.items()}
        shown = {**run.data.params, **figures}
        ui.open(f"experiments/{ui.experiment}/runs/{run.info.run_id}")
        ui.comes_to_show(*(f" {name} | {value} " for name, value in shown.items()))
        ui.comes_to_show(f" {ui.parent.info.run_name} ")


def test_each_of_a_runs_curves_is_drawn(ui: Ui) -> None:
    for run in ui.children:
        ui.open(f"experiments/{ui.experiment}/runs/{run.info.run_id}/model-metrics")
        ui.comes_to_show(*(f"{run.info.run_name} ({curve})" for curve in CURVES))
        ui.comes_to(
            lambda: len(ui.driver.find_elements(By.CSS_SELECTOR, LINE)) >= len(CURVES),
            lambda: "draw a line in each chart",
        )


def test_runs_stand_side_by_side(ui: Ui) -> None:
    ui.open(f"compare-runs?{ui.chosen}")
    names = " | ".join(str(run.info.run_name) for run in ui.children)
    values = " | ".join(run.data.params["activation"] for run in ui.children)
    ui.comes_to_show(f" {names} ", f" activation | {values} ")


def test_curves_of_several_runs_are_one_chart(ui: Ui) -> None:
    keys = quote(json.dumps(["validation_accuracy", "train_accuracy"]))
    ui.open(f"metric?{ui.chosen}&metric=%22validation_accuracy%22&plot_metric_keys={keys}")
    for run in ui.children:
        last = run.data.metrics["validation_accuracy"]
        ui.comes_to_show(
            f"{run.info.run_name} (train_accuracy)",
            f"{run.info.run_name} | {_as_javascript(last)} ",
        )


def _as_javascript(number: float) -> str:
    """Write a number as the pages do, which hold for those that Python writes without an e."""
    return str(int(number)) if number == int(number) else repr(number)
