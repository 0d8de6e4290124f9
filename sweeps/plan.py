"""What a sweep will do, decided before anything runs: identify each job, and set aside what is done."""

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from sweeps.compose import Composed, Request
from sweeps.errors import plan_error
from sweeps.fingerprint import Source, fingerprint, locate, targets_in
from sweeps.identity import canonical, identity, seed_free_key, sweep_key
from sweeps.packing import Item, pack
from sweeps.provenance import Commit
from sweeps.records import Definition
from sweeps.replay import RunRecord
from sweeps.state import RunState
from sweeps.store import Store
from sweeps.task import Direction, InputError, Settings, Task
from sweeps.volatile import volatile_keys


class Decision(StrEnum):
    """What happens to a job, in the words the plan prints."""

    TRAIN = "train"
    RESUME = "resume"
    REUSE = "reuse"


@dataclass(frozen=True)
class Job:
    """One job of the grid with its identity. `swept` has its values of the swept keys."""

    composed: Composed
    definition: Definition
    swept: Mapping[str, str]
    value_name: str
    direction: Direction
    steps: int | None
    stack_key: str | None
    cost: float

    @property
    def number(self) -> int:
        return self.composed.number

    @property
    def identity(self) -> str:
        return self.definition.identity


@dataclass(frozen=True)
class Planned:
    """A job and what was decided on it, with the reason in a few words."""

    job: Job
    decision: Decision
    reason: str
    step: int | None = None


@dataclass(frozen=True)
class Plan:
    """Everything the launcher needs to know: `stacks` are lists of jobs, in the order to start."""

    key: str
    name: str
    task: Task
    source: Source
    code: str
    workers: int
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


def task_name(function: Callable[..., Any]) -> str:
    """Name a task as one would run it: its module, or its script's file name without the ending."""
    module = sys.modules.get(function.__module__)
    spec = getattr(module, "__spec__", None)
    if spec is not None:
        return str(spec.name)
    file = getattr(module, "__file__", None)
    return Path(file).stem if file else function.__module__


def identify(
    function: Callable[..., Any],
    task: Task,
    jobs: Sequence[Composed],
    asked: Request,
    *,
    name: str | None,
    commit: Commit,
) -> tuple[Source, str, str, list[Job]]:
    """Give each composed job its identity: the source and fingerprint of the code, the key, the jobs.

    Raises `PlanError` with everything that the task finds wrong with any job's values.
    """
    settings = {job.number: job.settings for job in jobs}
    _refuse_faults(task, settings)
    source = locate(function)
    called = f"{task_name(function)}:{function.__qualname__}"
    key = name or sweep_key(called, asked.fixed, asked.swept)
    inputs = _inputs(task, settings, key)
    codes: dict[frozenset[str], str] = {}
    identified = []
    for job in jobs:
        own = settings[job.number]
        targets = frozenset(targets_in(own))
        if targets not in codes:
            codes[targets] = fingerprint(source, targets).digest
        code = codes[targets]
        excluded = {*task.excluded, *volatile_keys(job.raw)}
        terms = {"task": called, "excluded": excluded, "inputs": inputs[job.number], "code": code}
        digest = identity(own, **terms)
        swept = swept_values(job, asked.swept)
        run_name = name_run(swept, own, task)
        params = flatten(own, without=excluded) | {
            short: value for short, value in swept.items() if short not in excluded
        }
        tags = {
            "sweeps.repeat": seed_free_key(own, seed_keys=task.seed_keys, **terms),
            "sweeps.sweep": key,
            **commit.tags(),
        }
        definition = Definition(
            identity=digest,
            task=called,
            sweep=key,
            name=run_name,
            config=own,
            params=params,
            tags=tags,
            inputs=inputs[job.number],
            code=code,
        )
        identified.append(
            Job(
                composed=job,
                definition=definition,
                swept=swept,
                value_name=task.value(own),
                direction=task.direction(own),
                steps=task.steps(own),
                stack_key=task.stack.key(own) if task.stack else None,
                cost=task.stack.cost(own) if task.stack else 1.0,
            )
        )
    return source, identified[0].definition.code if identified else "", key, identified


def _refuse_faults(task: Task, settings: Mapping[int, Settings]) -> None:
    found: dict[str, int] = {}
    for own in settings.values():
        for fault in task.faults(own):
            found[fault] = found.get(fault, 0) + 1
    if found:
        raise plan_error(
            [
                fault if len(settings) == 1 else f"{fault} (in {count} of {len(settings)} jobs)"
                for fault, count in found.items()
            ]
        )


def _inputs(task: Task, settings: Mapping[int, Settings], key: str) -> dict[int, dict[str, str]]:
    """Name each job's inputs. A task that doesn't declare any has its sweep as the one input."""
    if task.inputs is None:
        return {number: {"sweep": key} for number in settings}
    inputs = {}
    missing: dict[str, None] = {}
    for number, own in settings.items():
        try:
            inputs[number] = dict(task.inputs(own))
        except InputError as error:
            missing[str(error)] = None
    if missing:
        raise plan_error(list(missing))
    return inputs


def prepare(task: Task, planned: Sequence[Planned]) -> None:
    """Let the task fetch what the jobs that will run read, once for each set of inputs."""
    fetched: set[str] = set()
    for one in planned:
        inputs = canonical(one.job.definition.inputs)
        if one.decision is not Decision.REUSE and inputs not in fetched:
            fetched.add(inputs)
            try:
                task.prepare(one.job.definition.config)
            except InputError as error:
                raise plan_error([str(error)]) from error


def decide(jobs: Sequence[Job], store: Store, *, reuse: bool) -> list[Planned]:
    """Look each job up in the journals: what is finished is reused, what has begun goes on."""
    planned = []
    seen: dict[str, int] = {}
    for job in jobs:
        first = seen.setdefault(job.identity, job.number)
        if first != job.number:
            planned.append(Planned(job, Decision.REUSE, f"the same run as job {first}"))
            continue
        folder = store.run(job.identity)
        record = folder.headline() if reuse else RunRecord()
        state = folder.state(record) if record.started else RunState.WAITING
        if state is RunState.FINISHED:
            planned.append(Planned(job, Decision.REUSE, "finished before"))
        elif record.checkpoints:
            step = record.checkpoints[0].step
            planned.append(Planned(job, Decision.RESUME, f"from step {step}", step))
        elif state is RunState.WAITING:
            planned.append(Planned(job, Decision.TRAIN, "new"))
        else:
            planned.append(Planned(job, Decision.TRAIN, f"{state} before"))
    return planned


def stack(planned: Sequence[Planned], workers: int) -> tuple[tuple[Job, ...], ...]:
    """Group what is left to train into stacks; resumed runs share one only at the same step."""
    items = [
        Item(
            what=one.job,
            key=None if one.job.stack_key is None else f"{one.job.stack_key} {one.step}",
            cost=one.job.cost,
        )
        for one in planned
        if one.decision is not Decision.REUSE
    ]
    return tuple(tuple(jobs) for jobs in pack(items, workers))


def swept_values(job: Composed, keys: Sequence[str]) -> dict[str, str]:
    """Give a job's values of the swept keys: a group's chosen option, or the value as composed."""
    choices = OmegaConf.to_container(job.config.hydra.runtime.choices)
    values = {}
    for key in keys:
        group = key.partition("@")[0]
        chosen = choices.get(key, choices.get(group)) if isinstance(choices, dict) else None
        values[key] = text(OmegaConf.select(job.config, key)) if chosen is None else str(chosen)
    return values


def name_run(swept: Mapping[str, str], settings: Settings, task: Task) -> str:
    """Name a run by what was swept and its seed, such as `relu lr=0.02 seed=0`."""
    shown = dict(swept)
    for key in task.seed_keys:
        if isinstance(settings.get(key), int):
            shown[key] = shown.pop(key, text(settings[key]))
    words = [
        value if value.isidentifier() and key not in task.seed_keys
        else f"{task.short.get(key, key)}={value}"
        for key, value in shown.items()
    ]
    return " ".join(words) or "run"


def flatten(settings: Mapping[str, Any], *, without: set[str], above: str = "") -> dict[str, str]:
    """Flatten nested settings to dotted keys and text, without some keys and all below them."""
    flat: dict[str, str] = {}
    for key, value in settings.items():
        dotted = f"{above}{key}"
        if dotted in without:
            continue
        if isinstance(value, Mapping):
            flat |= flatten(value, without=without, above=f"{dotted}.")
        else:
            flat[dotted] = text(value)
    return flat


def text(value: object) -> str:
    """Write a value as MLflow params and run names show it."""
    if OmegaConf.is_config(value):
        value = OmegaConf.to_container(value, resolve=True)
    if isinstance(value, list):
        return "[" + ",".join(text(item) for item in value) + "]"
    return str(value)
