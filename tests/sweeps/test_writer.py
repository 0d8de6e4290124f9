"""The writer is a process that delivers all, whoever kills it, and ends with its launcher."""

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from mlflow import MlflowClient

from sweeps import writer
from sweeps.consignment import Consignment
from sweeps.writer import Writer

PATIENCE_SECONDS = 60


@pytest.fixture
def consignment(three: Any, mlflow_uri: str, request: pytest.FixtureRequest) -> Consignment:
    launch = three.launch(mlflow_uri, request.node.name)
    return Consignment.of(three.plan, three.store, launch)


def finish(three: Any, *names: str) -> None:
    for name in names:
        three.write(name, *three.begin(name), *three.curves(1, 3), *three.finish(3, 0.5))


def delivered(consignment: Consignment) -> dict[str, str]:
    """Give the states of the runs that the store has, by their names."""
    launch = consignment.launch
    client = MlflowClient(launch.uri)
    experiment = client.get_experiment_by_name(launch.experiment)
    if experiment is None:
        return {}
    runs = client.search_runs([experiment.experiment_id], "tags.`sweeps.kind` = 'run'")
    assert len({run.info.run_name for run in runs}) == len(runs)
    return {str(run.info.run_name): run.info.status for run in runs}


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def test_one_process_delivers_launch_after_launch(three: Any, consignment: Consignment) -> None:
    ours = Writer()
    before = children()
    finish(three, "tanh")
    with ours.delivering(consignment):
        until(lambda: delivered(consignment).get("tanh") == "FINISHED")
        (first,) = children() - before
        finish(three, "relu")
    assert delivered(consignment) == {"tanh": "FINISHED", "relu": "FINISHED"}
    assert ours.problem is None
    assert ours.processor > 0
    with ours.delivering(consignment):
        finish(three, "sigmoid")
    assert children() - before == {first}
    assert set(delivered(consignment)) == {"tanh", "relu", "sigmoid"}
    ours.close()
    assert children() == before


@pytest.mark.parametrize("finished_first", [True, False])
def test_what_a_killed_one_left_another_delivers(
    three: Any, consignment: Consignment, *, finished_first: bool
) -> None:
    ours = Writer()
    before = children()
    if finished_first:
        finish(three, "tanh")
    with ours.delivering(consignment):
        if finished_first:
            until(lambda: "tanh" in delivered(consignment))
        for pid in children() - before:
            psutil.Process(pid).kill()
        finish(three, "relu", "sigmoid")
    assert ours.problem is None
    expected = {"relu", "sigmoid"} | ({"tanh"} if finished_first else set())
    assert set(delivered(consignment)) == expected
    ours.close()


def test_one_that_dies_each_time_is_told_of(
    three: Any, consignment: Consignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_CODE", "raise SystemExit(3)")
    ours = Writer()
    finish(three, "tanh")
    with ours.delivering(consignment):
        pass
    assert ours.problem is not None
    assert consignment.launch.uri in ours.problem
    assert "(exit code 3)" in ours.problem
    assert delivered(consignment) == {}


def test_one_gets_ready_only_for_many_jobs(three: Any, consignment: Consignment) -> None:
    ours = Writer()
    before = children()
    ours.head_start(10, consignment.launch.uri)
    assert children() == before
    ours.head_start(1000, consignment.launch.uri)
    ready = children() - before
    assert len(ready) == 1
    finish(three, "tanh")
    with ours.delivering(consignment):
        assert children() - before == ready
    assert set(delivered(consignment)) == {"tanh"}
    ours.close()


LAUNCHER = """
import pickle
import sys
import time

from sweeps.writer import Writer

ours = Writer()
with ours.delivering(pickle.load(sys.stdin.buffer)):
    print(ours._process.pid, flush=True)
    time.sleep(60)
"""


def test_it_ends_with_a_launcher_that_is_killed(three: Any, consignment: Consignment) -> None:
    finish(three, "tanh")
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert launcher.stdin is not None
    assert launcher.stdout is not None
    with launcher.stdin, launcher.stdout:
        launcher.stdin.write(pickle.dumps(consignment))
        launcher.stdin.flush()
        process = psutil.Process(int(launcher.stdout.readline()))
        until(lambda: "tanh" in delivered(consignment))
        launcher.kill()
        launcher.wait()
        assert psutil.wait_procs([process], timeout=PATIENCE_SECONDS)[1] == []
