"""Ctrl-C as a terminal sends it, once and twice, whoever listens."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sweeps.state import RunState
from tests.integration.disturbed import Sweep

pytestmark = pytest.mark.slow
GRID = ("-m", "early_stopping=none", "data.limit=4000", "epochs=3000", "activation=tanh,relu")


@pytest.fixture
def sweep(tmp_path: Path, empty_store: Path) -> Iterator[Sweep]:
    one = Sweep(tmp_path / "sweep", empty_store, GRID)
    yield one
    one.kill_all()


SLEEPER = """
import time
from pathlib import Path

import hydra


@hydra.main(config_path=None, version_base="1.3")
def main(cfg):
    Path(f"begun-{cfg.a}").touch()
    time.sleep(120)


main()
"""


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_a_second_one_waits_for_no_task_that_does_not_listen(
    tmp_path: Path, empty_store: Path
) -> None:
    command = (sys.executable, "app.py")
    ours = ("-m", "hydra/launcher=sweepstack", "hydra/sweeper=sweepstack", "+a=1,2")
    sweep = Sweep(tmp_path / "app", empty_store, ours, command)
    sweep.folder.mkdir()
    (sweep.folder / "app.py").write_text(SLEEPER)
    shutil.copy(empty_store, sweep.folder / "mlflow.db")
    process = sweep.start()
    try:
        sweep.wait(lambda: len(list(sweep.folder.glob("begun-*"))) == 2)
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
        said, _ = process.communicate(timeout=60)
    finally:
        sweep.kill_all()
    assert process.returncode == 1
    assert "Stopped at once" in said
    assert "Traceback" not in said
    assert [run.state(run.record()) for run in sweep.runs()] == [RunState.INTERRUPTED] * 2


@pytest.mark.skipif(os.name != "posix", reason="sends Ctrl-C as a terminal does")
def test_it_reaches_idle_workers_too_and_breaks_nothing(sweep: Sweep) -> None:
    process = sweep.start("sweep.workers=3")  # two runs: a worker is idle
    sweep.wait(lambda: sweep.steps() > 0)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=90)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert {run.state(run.record()) for run in sweep.runs()} == {RunState.INTERRUPTED}
    assert "Stopping" in said or "stopped" in said.lower(), said
