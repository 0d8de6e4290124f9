"""What came of a sweep: its runs as their journals tell it, ranked, and grouped over seeds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from sweeps.job import is_seed
from sweeps.launches import LaunchRecord, Wanted
from sweeps.logs import log_of
from sweeps.state import RunState
from sweeps.store import RunFolder, Store

_SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class Result:
    """One run: `metrics` are those it has once, `seconds` from its beginning to its end."""

    job: Wanted
    state: RunState
    value: float | None
    metrics: Mapping[str, float]
    seconds: float | None
    reason: str
    log: str

    @classmethod
    def of(cls, job: Wanted, folder: RunFolder) -> Self:
        """Read it off the run's journal, without the curves."""
        record = folder.headline()
        state = folder.state(record)
        outcome = record.outcome
        log = outcome.log if outcome else ""
        if state is not RunState.FINISHED:
            # What failed is looked into, also after the folder was moved.
            log = str(log_of(folder, record) or log)
        metrics = {key: point.value for key, point in record.summary.items()}
        seconds = metrics.get(_SECONDS)
        if seconds is None and record.began_ms is not None and record.ended_ms is not None:
            seconds = (record.ended_ms - record.began_ms) / 1000
        return cls(
            job=job,
            state=state,
            value=outcome.number if outcome and state is RunState.FINISHED else None,
            metrics=metrics,
            seconds=seconds,
            reason=outcome.reason if outcome else "",
            log=log,
        )


@dataclass(frozen=True, slots=True)
class Spread:
    """A metric over the seeds of one setting."""

    count: int
    mean: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self | None:
        """Summarise values; None if there are none."""
        if not values:
            return None
        return cls(len(values), math.fsum(values) / len(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Group:
    """The runs of one setting, which differ in their seeds only."""

    results: tuple[Result, ...]

    @property
    def job(self) -> Wanted:
        """One of them, for what they share."""
        return self.results[0].job

    @property
    def value(self) -> Spread | None:
        """What the task returned, over those that finished."""
        return Spread.of([one.value for one in self.results if one.value is not None])

    def metric(self, name: str) -> Spread | None:
        """Give a metric over those that finished."""
        finished = (one for one in self.results if one.state is RunState.FINISHED)
        return Spread.of([one.metrics[name] for one in finished if name in one.metrics])


@dataclass(frozen=True)
class Results:
    """The runs of a launch, each once, best value first; those without a value at the end."""

    launch: LaunchRecord
    ranked: tuple[Result, ...]

    @classmethod
    def read(cls, launch: LaunchRecord, store: Store) -> Self:
        """Read the journals of all runs that the launch wanted, without their curves."""
        first: dict[str, Wanted] = {}
        for job in launch.jobs:
            first.setdefault(job.identity, job)
        results = [Result.of(job, store.run(job.identity)) for job in first.values()]
        return cls(launch, tuple(sorted(results, key=_rank)))

    @property
    def best(self) -> Result | None:
        """The run of the best value, if any run has one."""
        return self.ranked[0] if self.ranked and self.ranked[0].value is not None else None

    @property
    def failed(self) -> tuple[Result, ...]:
        """The runs that failed."""
        return tuple(one for one in self.ranked if one.state is RunState.FAILED)

    def counts(self) -> Mapping[RunState, int]:
        """Count the runs by state; every state has a count."""
        counted = Counter(one.state for one in self.ranked)
        return {state: counted[state] for state in RunState}

    @property
    def seeds_swept(self) -> bool:
        """Whether the sweep repeats settings under several seeds."""
        return any(len(group.results) > 1 for group in self.groups())

    @property
    def settings(self) -> tuple[str, ...]:
        """The swept keys that are no seeds, in the order of the command."""
        keys = {key: None for one in self.ranked for key in one.job.swept}
        return tuple(key for key in keys if not is_seed(key, self.launch.seed_keys))

    def groups(self) -> tuple[Group, ...]:
        """Group the runs over their seeds, best mean value first."""
        groups: dict[str, list[Result]] = {}
        for one in self.ranked:
            groups.setdefault(one.job.repeat or one.job.identity, []).append(one)
        made = [Group(tuple(results)) for results in groups.values()]
        return tuple(sorted(made, key=_rank_group))


def _rank(result: Result) -> tuple[bool, float, int]:
    return (*_order(result.value, result.job), result.job.number)


def _rank_group(group: Group) -> tuple[bool, float, int]:
    spread = group.value
    return (*_order(spread.mean if spread else None, group.job), group.job.number)


def _order(value: float | None, job: Wanted) -> tuple[bool, float]:
    # NaN compares with nothing: it stands with the missing values, at the end.
    if value is None or math.isnan(value):
        return True, 0.0
    return False, value if job.direction == "minimize" else -value
