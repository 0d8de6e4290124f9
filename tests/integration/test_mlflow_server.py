"""A real MLflow server goes away in the middle of a sweep and comes back: all arrives, once."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from sweeps.store import stores
from tests.integration.disturbed import PATIENCE_SECONDS
from tests.integration.postgres import binaries, postgres

pytestmark = pytest.mark.slow

STEPS = 20
GATES = (8, 16)
OURS = ("hydra/launcher=sweepstack", "hydra/sweeper=sweepstack", "hydra.launcher.workers=2")
# Twice in the middle it waits for a file: so the server goes and comes while runs are under way.
APP = f"""
import time
from pathlib import Path

import hydra
from hydra.core.config_store import ConfigStore

from sweeps import current_run

ConfigStore.instance().store("app", {{"x": 1, "gates": "???"}})

@hydra.main(config_path=None, config_name="app", version_base="1.3")
def main(cfg):
    run = current_run()
    for step in range(1, {STEPS} + 1):
        while step in {GATES} and not Path(cfg.gates, str(step)).exists():
            time.sleep(0.05)
        run.log(step, {{"loss": cfg.x / step, "other": float(step)}})
    Path("result.txt").write_text(str(cfg.x))
    run.artifact(Path("result.txt"))
    return cfg.x / step

main()
"""


class Server:
    """An MLflow server on a port of its own, over a database."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self._database = database
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "mlflow", "server", "--workers", "1"]
        command += ["--backend-store-uri", self._database]
        command += ["--artifacts-destination", (self.folder / "artifacts").as_uri()]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        # Without its seven processes for evaluation jobs, which no sweep asks for.
        environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=log
            )
        wait_for(self.answers)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.uri}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """Kill it at once, with the processes that it started and no other."""
        if self.process is not None:
            kill(self.process)
            self.process = None

    def runs(self) -> list[Run]:
        client = MlflowClient(self.uri)
        experiments = [one.experiment_id for one in client.search_experiments()]
        return list(client.search_runs(experiments, "tags.`sweeps.kind` = 'run'"))


@pytest.fixture
def sqlite(tmp_path: Path, mlflow_store: str) -> str:
    place = tmp_path / "server.db"
    shutil.copyfile(mlflow_store.removeprefix("sqlite:///"), place)
    return f"sqlite:///{place.as_posix()}"


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[str]:
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed (on Debian: apt install postgresql)")
    with postgres(tmp_path) as uri:
        yield uri


@pytest.fixture(params=["sqlite", "postgresql"])
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    one = Server(tmp_path, request.getfixturevalue(request.param))
    try:
        one.start()
        yield one
    finally:
        one.kill()


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that a test started, and those that it started itself."""
    if process.poll() is None:
        started = psutil.Process(process.pid)
        for one in [*started.children(recursive=True), started]:
            with suppress(psutil.NoSuchProcess):
                one.kill()
    process.wait()


def reached(server: Server) -> float:
    """The last step that the server has of a run."""
    return max([run.data.metrics.get("other", 0.0) for run in server.runs()], default=0.0)


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)


def test_a_server_killed_in_the_middle_and_started_again_gets_everything_once(
    tmp_path: Path, server: Server
) -> None:
    folder = tmp_path / "sweep"
    folder.mkdir()
    (folder / "app.py").write_text(APP, encoding="utf-8")
    said = tmp_path / "said"
    command = [sys.executable, "app.py", "-m", *OURS, "x=1,2,3", f"gates={tmp_path.as_posix()}"]
    environment = {**os.environ, "MLFLOW_TRACKING_URI": server.uri}
    with said.open("wb") as out:
        sweep = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)
    away, back = (tmp_path / str(step) for step in GATES)
    try:
        wait_for(lambda: reached(server) == GATES[0] - 1)
        server.kill()
        away.touch()
        wait_for(lambda: "can't be written" in said.read_text())
        server.start()
        wait_for(lambda: reached(server) == GATES[1] - 1)
        back.touch()
        assert sweep.wait(PATIENCE_SECONDS) == 0, said.read_text()
    finally:
        kill(sweep)
    expected = {}
    for store in stores(folder / ".sweeps"):
        for run in store.runs():
            curves = run.record().curves
            expected[run.identity] = {
                key: sorted((p.step, p.time_ms, p.value) for p in curve.values())
                for key, curve in curves.items()
            }
    client = MlflowClient(server.uri)
    found = {}
    for run in server.runs():
        assert run.info.status == "FINISHED"
        assert "result.txt" in {one.path for one in client.list_artifacts(run.info.run_id)}
        found[run.data.tags["sweeps.identity"]] = {
            key: sorted(
                (p.step, p.timestamp, p.value)
                for p in client.get_metric_history(run.info.run_id, key)
            )
            for key in ("loss", "other")
        }
    assert len(server.runs()) == len(found) == 3
    assert all(len(curve) == STEPS for one in found.values() for curve in one.values())
    assert found == expected
