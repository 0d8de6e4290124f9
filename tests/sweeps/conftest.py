"""A small sweep made by hand: its plan, and journals as its workers would write them."""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from sweeps.compose import Composed
from sweeps.composer import Base, Recipe
from sweeps.fingerprint import locate
from sweeps.job import Job
from sweeps.launches import LaunchRecord, launches
from sweeps.packing import Room
from sweeps.plan import Decision, Plan, Planned
from sweeps.records import (
    Artifact,
    Definition,
    Ended,
    Metrics,
    Record,
    Started,
    Summary,
)
from sweeps.state import Outcome, RunState
from sweeps.store import Store
from sweeps.task import Column, Task

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

BEGAN_MS = 1_700_000_000_000
DATA = "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
TASK = Task(
    value=lambda _: "validation_loss",
    columns=(Column("test_accuracy", percent=True), Column("best_epoch")),
    one_seed="One seed: differences under about a point are noise; seed=0,1,2,3,4 shows more.",
)


@dataclass(frozen=True)
class Sweep:
    """A plan with the store of its journals."""

    plan: Plan
    store: Store

    def job(self, name: str) -> Job:
        return next(job for job in self.plan.jobs if job.definition.name == name)

    def write(self, name: str, *records: Record) -> None:
        """Append records to a run's journal in one opening."""
        with self.store.run(self.job(name).identity).writer() as writer:
            writer.append(*records)

    def begin(self, name: str, time_ms: int = BEGAN_MS, pid: int = 4242) -> list[Record]:
        versions = {"numpy": "2.4.0", "blas": "openblas 0.3.31 Haswell"}
        started = Started(time_ms, pid=pid, host="here", launch="a", job=0, versions=versions)
        return [self.job(name).definition, started]

    def curves(self, first: int, last: int, *, base: float = 1.0) -> list[Record]:
        """Two curves over the steps from `first` to `last`."""
        return [
            Metrics(
                BEGAN_MS + 1000 * step,
                step,
                {"validation_loss": base / step, "train_loss": base / (step + 1)},
            )
            for step in range(first, last + 1)
        ]

    def finish(self, step: int, value: float, *, accuracy: float = 0.88) -> list[Record]:
        """A run's good end."""
        end_ms = BEGAN_MS + 1000 * step + 500
        values = {"test_accuracy": accuracy, "best_epoch": float(step), "seconds": float(step)}
        return [
            Summary(end_ms, values),
            Ended(end_ms, Outcome(RunState.FINISHED, value=value, step=step)),
        ]

    def fail(self, step: int, reason: str, log: str = "") -> list[Record]:
        """A run's bad end."""
        outcome = Outcome(RunState.FAILED, reason=reason, log=log, step=step)
        return [Ended(BEGAN_MS + 1000 * step + 500, outcome)]

    def artifact(self, name: str, text: str) -> Artifact:
        """A result file of a run."""
        folder = self.store.run(self.job(name).identity)
        folder.create()
        (folder.artifacts / "file-1").write_text(text, encoding="utf-8")
        return Artifact(BEGAN_MS, "tables/curves.csv", "file-1")

    def decided(self, decision: Decision) -> "Sweep":
        """The same sweep with another plan for its runs."""
        planned = tuple(replace(one, decision=decision) for one in self.plan.planned)
        stacks = self.plan.stacks if decision.runs else ()
        return Sweep(replace(self.plan, planned=planned, stacks=stacks), self.store)

    def renamed(self, key: str) -> "Sweep":
        """Another sweep that has the same runs."""
        return Sweep(replace(self.plan, key=key, name=key), self.store)

    def launch(self, uri: str, experiment: str = "test") -> LaunchRecord:
        """The record of one more launch of it, saved."""
        number = sum(1 for _ in launches(self.store.sweep(self.plan.key)))
        launch = LaunchRecord(
            label=f"{BEGAN_MS + number:013d}-1",
            time_ms=BEGAN_MS - 1000,
            sweep=self.plan.key,
            name=self.plan.name,
            folder=str(self.store.root.parent),
            store=str(self.store.root),
            command="python -m mlp.run -m activation=tanh,sigmoid,relu",
            retry="hydra.launcher.retry=failed",
            user="someone",
            uri=uri,
            experiment=experiment,
            code=self.plan.code,
            tags={"mlflow.source.git.commit": "abc", "git.dirty": "true"},
            columns=self.plan.task.columns,
            seed_keys=self.plan.task.seed_keys,
            jobs=tuple(planned.wanted for planned in self.plan.planned),
        )
        launch.save(
            self.store.sweep(self.plan.key),
            {"versions.txt": "numpy==2.4\n", "dirty.diff": "-a\n+b\n"},
        )
        return launch


def sweep(
    folder: Path,
    swept: Sequence[Mapping[str, str]],
    *,
    key: str = "sweepkey",
    task: Task = TASK,
) -> Sweep:
    """Plan a sweep of jobs with these values of the swept keys, each to be trained."""
    planned = []
    recipe = Recipe(Base(OmegaConf.create({"hydra": {"job": {}, "runtime": {"choices": {}}}})))
    for number, values in enumerate(swept):
        setting = "-".join(value for name, value in values.items() if name != "seed")
        name = " ".join(f"{k}={v}" if k == "seed" else v for k, v in values.items())
        definition = Definition(
            identity=f"{key}-" + "-".join(values.values()),
            task="mlp.run",
            sweep=key,
            name=name,
            config=dict(values),
            params=dict(values),
            tags={"sweeps.repeat": setting, "sweeps.sweep": key},
            inputs={"fashion_mnist": DATA},
            code="c0de",
        )
        composed = Composed(number, (), recipe, dict(values), frozenset(), {})
        steps = 100
        job = Job(
            composed,
            definition,
            values,
            "c0de",
            tuple(value for key, value in values.items() if key == "seed"),
            "validation_loss",
            "minimize",
            steps,
            None,
            1.0,
        )
        planned.append(Planned(job, Decision.TRAIN, "new"))
    plan = Plan(
        key=key,
        name="three activations",
        task=task,
        source=locate(Path(__file__)),
        code="c0de",
        workers=2,
        room=Room(32),
        planned=tuple(planned),
        stacks=tuple((one.job,) for one in planned),
    )
    return Sweep(plan, Store(folder / ".sweeps"))


@pytest.fixture
def three(tmp_path: Path) -> Sweep:
    """Three activations."""
    return sweep(tmp_path, [{"activation": name} for name in ("tanh", "sigmoid", "relu")])


@pytest.fixture
def make_sweep(tmp_path: Path) -> Callable[..., Sweep]:
    """Plan a sweep in the test's folder, from the values of the swept keys of its jobs."""

    def make(swept: Sequence[Mapping[str, str]], **told: Any) -> Sweep:
        return sweep(tmp_path, swept, **told)

    return make


@pytest.fixture(scope="session")
def mlflow_uri(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> str:
    """An MLflow store for all tests: each has its own experiment."""
    file = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    shutil.copyfile(empty_store, file)
    return f"sqlite:///{file.as_posix()}"
