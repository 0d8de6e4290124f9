"""A real MLflow server, with its pages, on a port of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from mlflow import MlflowClient
from mlflow.entities import Run

from tests.integration.disturbed import PATIENCE_SECONDS


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


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that a test started, and those that it started itself."""
    if process.poll() is None:
        started = psutil.Process(process.pid)
        for one in [*started.children(recursive=True), started]:
            with suppress(psutil.NoSuchProcess):
                one.kill()
    process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)
