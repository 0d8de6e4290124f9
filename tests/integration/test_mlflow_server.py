"""A real MLflow server goes away in the middle of a sweep and comes back: all arrives, once."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from sweeps.store import stores
from tests.integration.disturbed import PATIENCE_SECONDS
from tests.integration.postgres import binaries, postgres
from tests.integration.server import Server, kill, wait_for

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


def reached(server: Server) -> float:
    """The last step that the server has of a run."""
    return max([run.data.metrics.get("other", 0.0) for run in server.runs()], default=0.0)


@pytest.mark.long
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
