"""What a task declares about itself, beyond being a function of its config.

A plain Hydra task function declares nothing and still gets isolation, identity, retry and MLflow
tracking. The decorator adds what can't be guessed: which inputs decide its numbers, which settings
don't, and how several configurations run at once.

    @hydra.main(config_path="conf", config_name="config", version_base="1.3")
    @task(inputs=digests, excluded=("report",), stack=Stack(key=..., cost=..., run=...))
    def main(cfg): ...
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

Settings = Mapping[str, Any]
Direction = Literal["minimize", "maximize"]
Function = TypeVar("Function", bound=Callable[..., Any])

_ATTRIBUTE = "__sweepstack_task__"


class InputError(Exception):
    """An input of the task's is missing or wrong; the message is a sentence for the user."""


def _none(_: Settings) -> float:
    return 0.0


@dataclass(frozen=True)
class Stack:
    """How a task runs several of its configurations at once, in one process.

    `key`: configurations of equal key may be run together.
    `cost`: work of one configuration in any unit, the same for all of them.
    `memory`: bytes that one configuration adds to a stack; by default nobody counts them.
    `width`: how many at once are as fast as it gets; more would only need more memory.
    `run`: "module:function" of a function of (configurations, handles) that runs them; it calls
       `finish` or `fail` on every handle unless told to stop. A name, so that the launcher need
       not import what only workers run.
    """

    key: Callable[[Settings], str]
    cost: Callable[[Settings], float]
    run: str
    memory: Callable[[Settings], float] = _none
    width: int = 32


@dataclass(frozen=True)
class Column:
    """A metric that the table at the end of a sweep shows beside the value."""

    metric: str
    percent: bool = False


def _no_faults(_: Settings) -> Sequence[str]:
    return ()


def _nothing(_: Settings) -> None:
    return None


def _minimize(_: Settings) -> Direction:
    return "minimize"


def _unknown(_: Settings) -> int | None:
    return None


def _value(_: Settings) -> str:
    return "value"


@dataclass(frozen=True)
class Task:
    """A task's declaration.

    `inputs`: from a configuration to the SHA-256 of each of its inputs, by name. None means
       that the inputs are unknown: runs are then reused within their own sweep only.
    `prepare`: called once for each distinct set of inputs, in the launcher's process, before
       anything runs: to fetch what the workers will read. It and `inputs` raise `InputError` for
       what the user has to mend.
    `excluded`: dotted keys (with all below them) that don't count for the identity.
    `seed_keys`: dotted keys in which repeats of one setting differ.
    `faults`: what is wrong with a configuration's values, a sentence each, before anything runs.
    `direction`: which way the value that the task returns is better.
    `value`: what that value is called, in tables and in MLflow, for a configuration.
    `columns`: metrics beside it in the table.
    `short`: shorter words for keys, in run names only.
    `steps`: how many steps a configuration logs at the most, for progress; None is unknown.
    `one_seed`: what to tell a user whose sweep has a single seed.
    """

    inputs: Callable[[Settings], Mapping[str, str]] | None = None
    prepare: Callable[[Settings], None] = _nothing
    excluded: tuple[str, ...] = ()
    seed_keys: tuple[str, ...] = ("seed", "seeds")
    faults: Callable[[Settings], Sequence[str]] = _no_faults
    direction: Callable[[Settings], Direction] = _minimize
    value: Callable[[Settings], str] = _value
    columns: tuple[Column, ...] = ()
    short: Mapping[str, str] = field(default_factory=dict)
    steps: Callable[[Settings], int | None] = _unknown
    one_seed: str = ""
    stack: Stack | None = None


def task(
    *,
    inputs: Callable[[Settings], Mapping[str, str]] | None = None,
    prepare: Callable[[Settings], None] = _nothing,
    excluded: Sequence[str] = (),
    seed_keys: Sequence[str] = ("seed", "seeds"),
    faults: Callable[[Settings], Sequence[str]] = _no_faults,
    direction: Callable[[Settings], Direction] = _minimize,
    value: Callable[[Settings], str] = _value,
    columns: Sequence[Column] = (),
    short: Mapping[str, str] | None = None,
    steps: Callable[[Settings], int | None] = _unknown,
    one_seed: str = "",
    stack: Stack | None = None,
) -> Callable[[Function], Function]:
    """Declare a task function: the arguments are the fields of `Task`. Goes under @hydra.main."""
    declared = Task(
        inputs=inputs,
        prepare=prepare,
        excluded=tuple(excluded),
        seed_keys=tuple(seed_keys),
        faults=faults,
        direction=direction,
        value=value,
        columns=tuple(columns),
        short=dict(short or {}),
        steps=steps,
        one_seed=one_seed,
        stack=stack,
    )

    def declare(function: Function) -> Function:
        setattr(function, _ATTRIBUTE, declared)
        return function

    return declare


def declaration(function: Callable[..., Any]) -> Task:
    """Give what `function` declared, or the declaration of a task that declared nothing."""
    declared = getattr(function, _ATTRIBUTE, None)
    return declared if isinstance(declared, Task) else Task()
