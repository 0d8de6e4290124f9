"""A job of the grid and its identity: what decides its numbers, and what it is called."""

import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from sweeps.compose import Composed, Request
from sweeps.errors import plan_error
from sweeps.fingerprint import Source, fingerprint, locate, targets_in
from sweeps.identity import identity, seed_free_key, sweep_key
from sweeps.provenance import Commit
from sweeps.records import Definition
from sweeps.task import Direction, InputError, Settings, Task

REPEAT_TAG = "sweeps.repeat"
_SECRET = re.compile(r"password|passwd|token|secret|api_?key|credential", re.IGNORECASE)


@dataclass(frozen=True)
class Job:
    """One job of the grid with its identity, and what its task says of it.

    `swept` has its values of the swept keys, `seed` those of them that only make it a repeat;
    `code` is the fingerprint of the code as it is, which the definition's may only stand for.
    """

    composed: Composed
    definition: Definition
    swept: Mapping[str, str]
    code: str
    seed: tuple[str, ...]
    value_name: str
    direction: Direction
    steps: int | None
    stack_key: str | None
    cost: float
    memory: float = 0.0

    @property
    def number(self) -> int:
        return self.composed.number

    @property
    def identity(self) -> str:
        return self.definition.identity


def task_name(function: Callable[..., Any]) -> str:
    """Name a task as one would run it: its module, or its script's file name without the ending."""
    module = sys.modules.get(function.__module__)
    spec = getattr(module, "__spec__", None)
    if spec is not None:
        return str(spec.name)
    file = getattr(module, "__file__", None)
    return Path(file).stem if file else function.__module__


@dataclass(frozen=True)
class Identified:
    """The jobs of a sweep, its key, and the source and fingerprint of its task's code."""

    jobs: tuple[Job, ...]
    key: str
    source: Source
    code: str


def identify(
    function: Callable[..., Any],
    task: Task,
    jobs: Sequence[Composed],
    asked: Request,
    *,
    name: str | None,
    commit: Commit,
    accept_code: str | None,
) -> Identified:
    """Give each composed job its identity.

    `accept_code` is the fingerprint of an earlier state of the code, taken for the present one.
    Raises `PlanError` with everything that the task finds wrong with any job's values or inputs.
    """
    settings = {job.number: job.settings for job in jobs}
    _refuse_faults(task, settings)
    source = locate(function)
    # A callable object has no name of its own.
    qualified = getattr(function, "__qualname__", type(function).__qualname__)
    called = f"{task_name(function)}:{qualified}"
    key = name or sweep_key(called, asked.fixed, asked.swept)
    inputs = _inputs(task, settings, key)
    codes: dict[frozenset[str], str] = {}
    identified = []
    for job in jobs:
        own = settings[job.number]
        targets = frozenset(targets_in(own))
        if targets not in codes:
            codes[targets] = fingerprint(source, targets).digest
        code = accept_code or codes[targets]
        excluded = {*task.excluded, *job.volatile}
        terms = _Terms(called, frozenset(excluded), inputs[job.number], code)
        swept = swept_values(job, asked.swept)
        tags = {REPEAT_TAG: terms.seed_free_key(own, task), "sweeps.sweep": key}
        if accept_code:
            tags["sweeps.code_accepted_for"] = codes[targets]
        definition = Definition(
            identity=terms.identity(own),
            task=called,
            sweep=key,
            name=name_run(swept, own, task),
            config=own,
            params=masked(flatten(own, without=excluded) | swept),
            tags=tags | commit.tags(),
            inputs=inputs[job.number],
            code=code,
        )
        identified.append(_declared(job, definition, swept, codes[targets], task))
    return Identified(tuple(identified), key, source, fingerprint(source).digest)


@dataclass(frozen=True)
class _Terms:
    """What goes into an identity beside the configuration."""

    task: str
    excluded: frozenset[str]
    inputs: Mapping[str, str]
    code: str

    def identity(self, settings: Settings) -> str:
        return identity(settings, **vars(self))

    def seed_free_key(self, settings: Settings, task: Task) -> str:
        return seed_free_key(settings, seed_keys=task.seed_keys, **vars(self))


def _declared(
    job: Composed, definition: Definition, swept: Mapping[str, str], code: str, task: Task
) -> Job:
    own = definition.config
    return Job(
        composed=job,
        definition=definition,
        swept=swept,
        code=code,
        seed=tuple(value for key, value in swept.items() if is_seed(key, task.seed_keys)),
        value_name=task.value(own),
        direction=task.direction(own),
        steps=task.steps(own),
        stack_key=task.stack.key(own) if task.stack else None,
        cost=task.stack.cost(own) if task.stack else 1.0,
        memory=task.stack.memory(own) if task.stack else 0.0,
    )


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


def swept_values(job: Composed, keys: Sequence[str]) -> dict[str, str]:
    """Give a job's values of the swept keys: a group's chosen option, or the value as composed."""
    values = {}
    for key in keys:
        group = key.partition("@")[0]
        chosen = job.choices.get(key, job.choices.get(group))
        values[key] = text(_select(job.settings, key)) if chosen is None else str(chosen)
    return values


def _select(settings: object, key: str) -> object:
    """Find the value of a dotted key, `a.b` or `a[0]`; None if there is none."""
    for name in key.replace("[", ".").replace("]", "").split("."):
        if isinstance(settings, Mapping):
            settings = settings.get(name)
        elif isinstance(settings, list) and name.isdecimal() and int(name) < len(settings):
            settings = settings[int(name)]
        else:
            return None
    return settings


def name_run(swept: Mapping[str, str], settings: Settings, task: Task) -> str:
    """Name a run by what was swept and its seed, such as `relu lr=0.02 seed=0`."""
    shown = dict(swept)
    for key in task.seed_keys:
        if isinstance(settings.get(key), int):
            shown[key] = shown.pop(key, text(settings[key]))
    words = [
        value
        if value.isidentifier() and key not in task.seed_keys
        else f"{task.short.get(key, key)}={value}"
        for key, value in shown.items()
    ]
    return " ".join(words) or "run"


def is_seed(key: str, seed_keys: Collection[str]) -> bool:
    """Say if a dotted key is one of the seeds', or below one."""
    return any(key == seed or key.startswith(f"{seed}.") for seed in seed_keys)


def flatten(
    settings: Mapping[str, Any], *, without: Collection[str], above: str = ""
) -> dict[str, str]:
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


def masked(params: Mapping[str, str]) -> dict[str, str]:
    """Hide the values of params that are named like secrets; the store is for others to read."""
    return {
        key: "***" if _SECRET.search(key) and value not in ("None", "") else value
        for key, value in params.items()
    }


def text(value: object) -> str:
    """Write a value as MLflow params and run names show it."""
    if OmegaConf.is_config(value):
        value = OmegaConf.to_container(value, resolve=True)
    if isinstance(value, list):
        return "[" + ",".join(text(item) for item in value) + "]"
    return str(value)
