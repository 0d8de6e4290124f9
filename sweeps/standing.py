"""How a sweep stands while it runs: counts, the best value, the workers, and the time left."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sweeps.job import Job
from sweeps.plan import Decision, Plan
from sweeps.state import Outcome, RunState
from sweeps.store import Store
from sweeps.watch import Followed, News, Watcher

# Journals of runs that were finished before, read in each update for the best value.
_REUSED_AT_ONCE = 100


@dataclass
class Progressing:
    """One run that this launch trains: the last step that it logged, and where it began."""

    job: Job
    attempts_before: int
    followed: Followed
    step: int = 0
    first_step: int = 0
    outcome: Outcome | None = None
    seconds: float = 0.0

    @property
    def running(self) -> bool:
        """Whether a worker of this launch is at it."""
        return self.followed.active and self.followed.record.attempts > self.attempts_before

    @property
    def made(self) -> float:
        """Work done on it by this launch: steps, or whole runs if its steps are unknown."""
        if self.job.steps is None:
            return float(self.outcome is not None)
        return max(self.step - self.first_step, 0)

    def left(self, usual_part: float) -> float:
        """Work left, if it takes the part of its steps that is usual."""
        if self.outcome is not None:
            return 0.0
        if self.job.steps is None:
            return 1.0
        return max(self.job.steps * usual_part - self.step, 0.0)


@dataclass(frozen=True, slots=True)
class Busy:
    """What one worker process works on: the members of a stack, in lockstep."""

    names: tuple[str, ...]
    step: int
    steps: int | None
    rate: float | None
    """Steps a second, None before the second step."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best value so far, and the run that has it."""

    name: str
    value_name: str
    value: float


class Standing:
    """Follows the journals of a plan's runs; `update` reads on."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self.total = len({job.identity for job in plan.jobs})
        self.best: Best | None = None
        ordered = {job.identity: job for stack in plan.stacks for job in stack}
        self._watcher = Watcher(store.run(identity) for identity in ordered)
        self._watcher.poll_all()
        self._runs = {
            one.identity: Progressing(ordered[one.identity], one.record.attempts, one)
            for one in self._watcher.runs
        }
        self.reused = self.total - len(self._runs)
        self._to_read = [
            (planned.job, store.run(planned.job.identity))
            for planned in plan.planned
            if planned.decision is Decision.REUSE and planned.job.identity not in ordered
        ]
        self._began: float | None = None

    def update(self) -> list[Progressing]:
        """Read on; give the runs that ended since the last time."""
        return self._take(self._watcher.poll())

    def last_update(self) -> list[Progressing]:
        """Read on in the journals of all runs, also those that were not their turn."""
        return self._take(self._watcher.poll_all())

    def _take(self, changed: Sequence[tuple[Followed, News]]) -> list[Progressing]:
        for _ in range(min(_REUSED_AT_ONCE, len(self._to_read))):
            job, folder = self._to_read.pop()
            self._compare(job, folder.headline().outcome)
        ended = []
        for followed, news in changed:
            run = self._runs[followed.identity]
            record = followed.record
            if record.attempts <= run.attempts_before:
                continue
            if self._began is None:
                self._began = time.monotonic()
            if record.restored_step is not None:
                run.first_step = record.restored_step
            run.step = max([record.restored_step or 0, run.step, *(p.step for p in news.points)])
            if record.outcome is not None and record.outcome != run.outcome:
                run.seconds = ((record.ended_ms or 0) - (record.began_ms or 0)) / 1000
                run.attempts_before = record.attempts
                self._compare(run.job, record.outcome)
                ended.append(run)
                followed.release()
            run.outcome = record.outcome
        return ended

    def count(self, state: RunState) -> int:
        """Count the runs of this launch in a state, without the reused."""
        if state is RunState.RUNNING:
            return sum(run.running for run in self._runs.values())
        if state is RunState.WAITING:
            return sum(run.outcome is None and not run.running for run in self._runs.values())
        return sum(
            run.outcome is not None and run.outcome.state is state for run in self._runs.values()
        )

    @property
    def ended(self) -> int:
        """Count the runs that are over, the reused among them."""
        return self.reused + sum(run.outcome is not None for run in self._runs.values())

    def busy(self) -> Iterator[Busy]:
        """Give what each worker works on."""
        workers: dict[tuple[str, int], list[Progressing]] = {}
        for run in self._runs.values():
            started = run.followed.record.started
            if run.running and started is not None:
                workers.setdefault((started.host, started.pid), []).append(run)
        for runs in workers.values():
            yield _busy(runs)

    def seconds_left(self) -> float | None:
        """Estimate the time to the end from what this launch did so far; None if that is nothing.

        Runs that stop early teach what part of its steps a run usually takes.
        """
        made = sum(run.made for run in self._runs.values())
        if self._began is None or made <= 0:
            return None
        parts = [
            run.step / run.job.steps
            for run in self._runs.values()
            if run.job.steps and run.outcome and run.outcome.state is RunState.FINISHED
        ]
        usual_part = math.fsum(parts) / len(parts) if parts else 1.0
        left = sum(run.left(usual_part) for run in self._runs.values())
        return left * (time.monotonic() - self._began) / made

    def _compare(self, job: Job, outcome: Outcome | None) -> None:
        value = outcome.number if outcome else None
        if value is None or math.isnan(value):
            return
        sign = 1 if job.direction == "minimize" else -1
        if self.best is None or sign * value < sign * self.best.value:
            self.best = Best(job.definition.name, job.value_name, value)


def _busy(runs: list[Progressing]) -> Busy:
    step = min(run.step for run in runs)
    slowest = min(runs, key=lambda run: run.step)
    started = slowest.followed.record.started
    rate = None
    if started is not None and step > slowest.first_step:
        seconds = time.time() - started.time_ms / 1000
        rate = (step - slowest.first_step) / max(seconds, 0.001)
    names = tuple(run.job.definition.name for run in runs)
    return Busy(names, step, slowest.job.steps, rate)
