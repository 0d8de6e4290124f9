"""Training as a sweep's task: a stack of networks told to handles, one for each run.

Knows the handle only by what it can do: a notebook or another orchestrator can give its own.
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from mlp import artifacts, size
from mlp.config import Config, from_settings
from mlp.datasets import load
from mlp.peak import peak
from mlp.result import Result
from mlp.timing import TimedTraining
from mlp.trainer import Ending, Report, Training

METRICS = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


class Handle(Protocol):
    """What a run is told, and asked; `sweeps.Run` is one."""

    @property
    def stopping(self) -> bool: ...
    @property
    def profiling(self) -> bool: ...
    def spent(
        self, seconds: Mapping[str, float], *, operations: float, peak: float, notes: Sequence[str]
    ) -> None: ...
    def log(self, step: int, metrics: Mapping[str, float]) -> None: ...
    def summary(self, metrics: Mapping[str, float]) -> None: ...
    def checkpoint(self, state: Callable[[], Mapping[str, Any]]) -> None: ...
    def restore(self) -> Mapping[str, Any] | None: ...
    def artifact(self, path: Path) -> None: ...
    def finish(self, value: float | None) -> None: ...
    def fail(self, reason: str) -> None: ...


class _Member:
    """A run of the stack: its handle, its curve so far and its share of the stack's seconds."""

    def __init__(self, config: Config, handle: Handle, state: Mapping[str, Any] | None) -> None:
        self.config = config
        self.handle = handle
        self.curve: list[list[float]] = [] if state is None else state["curve"]
        self.seconds: float = 0.0 if state is None else state["seconds"]

    def log(self, report: Report, seconds: float) -> None:
        values = [getattr(report, metric) for metric in METRICS]
        self.curve.append([report.epoch, *values])
        self.seconds += seconds
        self.handle.log(report.epoch, dict(zip(METRICS, values, strict=True)))

    def state(self) -> dict[str, Any]:
        return {"curve": self.curve, "seconds": self.seconds}


def train(settings: Sequence[Mapping[str, Any]], handles: Sequence[Handle]) -> list[float | None]:
    """Train one network for each of `settings`, all in one stack, and tell each its handle.

    Returns the objective of each at its best epoch; None for one that diverged or was stopped.
    """
    configs = [from_settings(own) for own in settings]
    if handles[0].profiling:
        return _profiled(configs, handles)
    return _train(Training(configs, load(configs[0].data)), configs, handles)


def _profiled(configs: Sequence[Config], handles: Sequence[Handle]) -> list[float | None]:
    """Train with clocks, and tell the first handle what they say of the whole stack."""
    began = time.perf_counter()
    top = peak(configs[0].precision)
    measured = time.perf_counter()
    training = TimedTraining(configs, load(configs[0].data))
    loaded = time.perf_counter()
    values = _train(training, configs, handles)
    handles[0].spent(
        {"measuring the peak": measured - began, "data": loaded - measured, **training.seconds},
        operations=training.operations,
        peak=top,
        notes=training.narrow,
    )
    return values


def _train(
    training: Training, configs: Sequence[Config], handles: Sequence[Handle]
) -> list[float | None]:
    members = []
    for number, (config, handle) in enumerate(zip(configs, handles, strict=True)):
        state = handle.restore()
        if state is not None:
            training.restore(number, {k: v for k, v in state.items() if k not in _OWN})
        members.append(_Member(config, handle, state))
    values: list[float | None] = [None] * len(members)
    live = set(range(len(members)))
    began = time.perf_counter()
    for reports in training.epochs():
        now = time.perf_counter()
        share = (now - began) / len(reports)
        began = now
        for report in reports:
            members[report.member].log(report, share)
        ended = [report for report in reports if report.ended is not None]
        live -= {report.member for report in ended}
        for report in ended:
            if report.ended is Ending.DIVERGED:
                _fail(members[report.member], report)
        done = [report for report in ended if report.ended is not Ending.DIVERGED]
        results = training.results([report.member for report in done])
        share = (time.perf_counter() - began) / max(len(done), 1)
        for report, result in zip(done, results, strict=True):
            members[report.member].seconds += share
            _finish(training, members[report.member], report, result, len(members))
            values[report.member] = result.objective
        # Asked before they save, which is asked again: once true it stays so, and all have saved.
        stopping = any(members[number].handle.stopping for number in live)
        for number in sorted(live):
            members[number].handle.checkpoint(
                lambda number=number: {**training.state(number), **members[number].state()}  # type: ignore[misc]
            )
        if stopping:
            break
    return values


_OWN = ("curve", "seconds")


def _fail(member: _Member, report: Report) -> None:
    member.handle.fail(
        f"diverged: the loss is no longer a finite number in epoch {report.epoch}; a smaller"
        f" learning_rate than {member.config.learning_rate:g}, or normalization=standardized, may"
        " help"
    )


def _finish(
    training: Training, member: _Member, report: Report, result: Result, stack_size: int
) -> None:
    summary: dict[str, float] = {
        "best_epoch": result.best_epoch,
        "epochs_trained": report.epoch,
        f"best_{member.config.objective}": result.objective,
        "stack_size": stack_size,
        "parameters": size.parameters(result.weights),
        "training_flop": size.training_flop(result.weights, training.examples, report.epoch),
        "seconds": member.seconds,
    }
    if result.test_loss is not None and result.test_accuracy is not None:
        summary |= {"test_loss": result.test_loss, "test_accuracy": result.test_accuracy}
    member.handle.summary(summary)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for path in (
            *artifacts.training(place, ("epoch", *METRICS), member.curve, result),
            *artifacts.test(place, result),
        ):
            member.handle.artifact(path)
    member.handle.finish(result.objective)
