"""Runs made up in memory, and a small real MLflow store of them."""

import io
import math
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.runs import Bits, Curves, Run, Runs, Sweep

EXAMPLES = 400
BASE = {"hidden_units": "[50]", "learning_rate": "0.1", "data.limit": "None", "seed": "0"}


class Memory:
    """What was kept of runs that are nowhere kept."""

    def __init__(self) -> None:
        self.curves_of: dict[str, Curves] = {}
        self.correct_of: dict[str, Bits] = {}
        self.tables: dict[str, str] = {}

    def curves(self, runs: Sequence[Run]) -> list[Curves]:
        return [self.curves_of.get(run.run_id, {}) for run in runs]

    def correct(self, runs: Sequence[Run], name: str) -> list[Bits | None]:
        return [self.correct_of.get(run.run_id) for run in runs]

    def table(self, name: str) -> str | None:
        return self.tables.get(name)


class Made:
    """Makes runs, each with an accuracy, a curve and the examples that it got right."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.runs: list[Run] = []
        self.sweeps: list[Sweep] = []
        self._hard = np.random.default_rng(1).permutation(EXAMPLES)

    def add(
        self,
        params: Mapping[str, Any],
        accuracy: float | None = None,
        epochs: int = 8,
        tags: Mapping[str, str] | None = None,
        state: str = "finished",
    ) -> Run:
        number = len(self.runs)
        run_id = f"{number:032x}"
        metrics: dict[str, float] = {}
        if accuracy is not None:
            right = round(accuracy * EXAMPLES)
            self.memory.correct_of[run_id] = self._hard < right
            epoch = np.arange(1, epochs + 1, dtype=np.float32)
            loss = (1 / epoch + 1 - accuracy).astype(np.float32)
            self.memory.curves_of[run_id] = {"epoch": epoch, "validation_loss": loss}
            metrics = {
                "test_accuracy": right / EXAMPLES,
                "best_epoch": float(epochs - 2),
                "best_validation_loss": float(loss[-3]),
                "validation_loss": float(loss[-1]),
            }
        run = Run(
            run_id=run_id,
            name=f"run {number}",
            experiment="made",
            status={"finished": "FINISHED", "running": "RUNNING"}.get(state, "FAILED"),
            start_ms=1_000_000 + number,
            params={**BASE, **{name: str(value) for name, value in params.items()}},
            metrics=metrics,
            tags={
                "sweeps.kind": "run",
                "sweeps.identity": f"identity-{number}",
                "sweeps.sweep": "sweep-1",
                "sweeps.state": state,
                "sweeps.code": "code-1",
                "input.made": "digest-1",
                "version.blas": "openblas SkylakeX",
                "mlflow.source.git.commit": "c" * 40,
                **(tags or {}),
            },
        )
        self.runs.append(run)
        return run

    def all(self) -> Runs:
        return Runs(self.runs, self.sweeps, self.memory)


@pytest.fixture
def made() -> Made:
    return Made()


def noise(seed: int, size: float = 0.005) -> float:
    """Give what a seed does to any setting, the same for each."""
    return size * math.sin(7 * seed)


@pytest.fixture
def activations(made: Made) -> Made:
    """Ten seeds each of three activations; relu is far worse, the others are alike."""
    for seed in range(10):
        for name, accuracy in (("tanh", 0.85), ("sigmoid", 0.85), ("relu", 0.75)):
            own = noise(seed) + 0.005 * math.cos(13 * seed + len(name))
            made.add({"activation": name, "seed": seed}, accuracy + own)
    made.sweeps.append(
        Sweep("sweep-1", "activation", "python train.py -m activation=tanh", "f" * 32)
    )
    return made


@pytest.fixture(scope="session")
def deliver(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Made], str]:
    """Put made runs into a real MLflow store, as the orchestrator leaves them; give its URI."""
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

    def into_store(runs: Made) -> str:
        folder = tmp_path_factory.mktemp("delivered")
        shutil.copyfile(empty_store, folder / "mlflow.db")
        uri = f"sqlite:///{(folder / 'mlflow.db').as_posix()}"
        client = MlflowClient(uri)
        place = (folder / "artifacts").as_uri()
        experiment = client.create_experiment("made", artifact_location=place)
        for sweep in runs.sweeps:
            tags = {
                "sweeps.kind": "sweep",
                "sweeps.sweep": sweep.key,
                "mlflow.source.name": sweep.command,
            }
            client.create_run(experiment, run_name=sweep.name, tags=tags)
        for run in runs.runs:
            stored = client.create_run(
                experiment, start_time=run.start_ms, tags=dict(run.tags), run_name=run.name
            ).info.run_id
            client.log_batch(
                stored,
                [Metric(name, value, run.start_ms, 0) for name, value in run.metrics.items()],
                [Param(name, value) for name, value in run.params.items()],
            )
            for name, data in files(runs, run):
                path = folder / name
                path.write_bytes(data)
                client.log_artifact(stored, str(path))
            client.set_terminated(stored, status=run.status)
        return uri

    return into_store


def files(runs: Made, run: Run) -> Iterator[tuple[str, bytes]]:
    """Give the files that a trainer keeps of a run."""
    curves = runs.memory.curves_of.get(run.run_id)
    if curves:
        rows = zip(*(values.tolist() for values in curves.values()), strict=True)
        text = ",".join(curves) + "\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows)
        yield "curves.csv", text.encode()
    correct = runs.memory.correct_of.get(run.run_id)
    if correct is not None:
        file = io.BytesIO()
        np.save(file, correct)
        yield "test_correct.npy", file.getvalue()
