"""Which runs go together, and in which order.

Runs of equal key may share a stack, which is faster the wider it is, up to a width; but a stack is
one process's work, so there must be enough stacks, of like size, to keep every worker busy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

# Beyond this the time of one run in a stack no longer falls (benchmarks/), and memory only grows.
MAXIMUM_WIDTH = 32


@dataclass(frozen=True)
class Item(Generic[T]):
    """Something to run. Items of equal `key` may share a stack; a key of None is never shared."""

    what: T
    key: str | None
    cost: float


def pack(items: Sequence[Item[T]], workers: int) -> list[list[T]]:
    """Make stacks of `items` for so many `workers`, in the order in which to start them.

    A stack that is more than a worker's even share of all the work is halved, as long as it has
    two members; the costly ones start first. Equal costs keep the order of the items, so that a
    seed given last on the command line runs slowest.
    """
    groups: dict[str, list[Item[T]]] = {}
    for index, item in enumerate(items):
        groups.setdefault(f"alone {index}" if item.key is None else f"key {item.key}", []).append(
            item
        )
    stacks = [
        group[start : start + MAXIMUM_WIDTH]
        for group in groups.values()
        for start in range(0, len(group), MAXIMUM_WIDTH)
    ]
    share = sum(item.cost for item in items) / workers
    while True:
        heavy = max(
            (stack for stack in stacks if len(stack) > 1), key=_cost, default=None
        )
        if heavy is None or (_cost(heavy) <= share * 1.001 and len(stacks) >= workers):
            break
        place = stacks.index(heavy)
        half = (len(heavy) + 1) // 2
        stacks[place : place + 1] = [heavy[:half], heavy[half:]]
    ordered = sorted(stacks, key=_cost, reverse=True)
    return [[item.what for item in stack] for stack in ordered]


def _cost(stack: Sequence[Item[T]]) -> float:
    return sum(item.cost for item in stack)
