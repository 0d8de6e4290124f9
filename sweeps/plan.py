"""What a sweep will do, decided before anything runs: which jobs, in which stacks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from sweeps.errors import plan_error
from sweeps.fingerprint import Source
from sweeps.identity import canonical
from sweeps.job import REPEAT_TAG, Job
from sweeps.launches import Wanted
from sweeps.packing import Item, Room, pack
from sweeps.store import RunFolder
from sweeps.task import InputError, Task


class Decision(StrEnum):
    """What happens to a job, in the words the plan prints."""

    TRAIN = "train"
    RESUME = "resume"
    REUSE = "reuse"
    LEAVE = "leave"

    @property
    def runs(self) -> bool:
        """Whether anything is run for it."""
        return self in (Decision.TRAIN, Decision.RESUME)


@dataclass(frozen=True)
class Planned:
    """A job and what was decided on it, with the reason in a few words.

    `step` is the one it goes on from; `source` is the run of another experiment that it is.
    """

    job: Job
    decision: Decision
    reason: str
    step: int | None = None
    source: RunFolder | None = None

    @property
    def wanted(self) -> Wanted:
        """The job as the record of the launch has it."""
        job = self.job
        return Wanted(
            number=job.number,
            identity=job.identity,
            name=job.definition.name,
            swept=job.swept,
            repeat=job.definition.tags.get(REPEAT_TAG, ""),
            value_name=job.value_name,
            direction=job.direction,
            reused=self.decision is Decision.REUSE,
        )


@dataclass(frozen=True)
class Plan:
    """Everything the launcher needs to know: `stacks` are lists of jobs, in the order to start."""

    key: str
    name: str
    task: Task
    source: Source
    code: str
    workers: int
    room: Room
    planned: tuple[Planned, ...]
    stacks: tuple[tuple[Job, ...], ...]

    @property
    def jobs(self) -> tuple[Job, ...]:
        return tuple(planned.job for planned in self.planned)

    @cached_property
    def jobs_by_number(self) -> Mapping[int, Job]:
        return {job.number: job for job in self.jobs}

    def count(self, decision: Decision) -> int:
        return Counter(planned.decision for planned in self.planned)[decision]


def prepare(task: Task, planned: Sequence[Planned]) -> None:
    """Let the task fetch what the jobs that will run read, once for each set of inputs.

    Raises `PlanError` with the task's own sentence for what is not to be had.
    """
    fetched: set[str] = set()
    for one in planned:
        inputs = canonical(one.job.definition.inputs)
        if one.decision.runs and inputs not in fetched:
            fetched.add(inputs)
            try:
                task.prepare(one.job.definition.config)
            except InputError as error:
                raise plan_error([str(error)]) from error


def stack(planned: Sequence[Planned], workers: int, room: Room) -> tuple[tuple[Job, ...], ...]:
    """Group what is left to train into stacks; resumed runs share one only at the same step."""
    items = [
        Item(
            what=one.job,
            key=None if one.job.stack_key is None else f"{one.job.stack_key} {one.step}",
            cost=one.job.cost,
            memory=one.job.memory,
        )
        for one in planned
        if one.decision.runs
    ]
    # Seeds run slowest: a sweep that is half done has every setting once.
    seeds = {seed: rank for rank, seed in enumerate(dict.fromkeys(i.what.seed for i in items))}
    items.sort(key=lambda item: seeds[item.what.seed])
    return tuple(tuple(jobs) for jobs in pack(items, workers, room))
