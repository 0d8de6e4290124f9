"""Which runs go together, and in which order.

Runs of equal key may share a stack, which is faster the wider it is, up to a width; but a stack is
one process's work, so there must be enough stacks, of like size, to keep every worker busy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapreplace
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

    The heaviest stack is halved for as long as that lets the last worker end sooner; the costly
    ones start first. Equal costs keep the order of the items, so that a seed given last on the
    command line runs slowest.
    """
    groups: dict[str, list[Item[T]]] = {}
    for index, item in enumerate(items):
        key = f"alone {index}" if item.key is None else f"key {item.key}"
        groups.setdefault(key, []).append(item)
    stacks = [
        group[start : start + MAXIMUM_WIDTH]
        for group in groups.values()
        for start in range(0, len(group), MAXIMUM_WIDTH)
    ]
    while stacks:
        place = max(range(len(stacks)), key=lambda place: _cost(stacks[place]))
        heavy = stacks[place]
        half = (len(heavy) + 1) // 2
        halved = [*stacks[:place], heavy[:half], heavy[half:], *stacks[place + 1 :]]
        if len(heavy) == 1 or makespan(halved, workers) >= makespan(stacks, workers):
            break
        stacks = halved
    ordered = sorted(stacks, key=_cost, reverse=True)
    return [[item.what for item in stack] for stack in ordered]


def makespan(stacks: Sequence[Sequence[Item[T]]], workers: int) -> float:
    """Give the cost after which the last of the workers ends, the costly stacks started first."""
    loads = [0.0] * workers
    for cost in sorted(map(_cost, stacks), reverse=True):
        heapreplace(loads, loads[0] + cost)
    return max(loads)


def _cost(stack: Sequence[Item[T]]) -> float:
    return sum(item.cost for item in stack)
