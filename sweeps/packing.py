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

    The heaviest stack that can be is halved for as long as that evens out the workers' loads; the
    costly ones start first. Equal costs keep the order of the items, so that a seed given last on
    the command line runs slowest.
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
    while shared := [place for place, stack in enumerate(stacks) if len(stack) > 1]:
        place = max(shared, key=lambda place: _cost(stacks[place]))
        heavy = stacks[place]
        half = (len(heavy) + 1) // 2
        halved = [*stacks[:place], heavy[:half], heavy[half:], *stacks[place + 1 :]]
        # Lists compare by the first load that differs: by who ends last, then by who ends before.
        if loads(halved, workers) >= loads(stacks, workers):
            break
        stacks = halved
    ordered = sorted(stacks, key=_cost, reverse=True)
    return [[item.what for item in stack] for stack in ordered]


def loads(stacks: Sequence[Sequence[Item[T]]], workers: int) -> list[float]:
    """Give each worker's whole cost, the highest first, when the costly stacks are started first.

    Whoever is free takes the next one: Graham's longest processing time rule (1969).
    """
    heap = [0.0] * workers
    for cost in sorted(map(_cost, stacks), reverse=True):
        heapreplace(heap, heap[0] + cost)
    return sorted(heap, reverse=True)


def _cost(stack: Sequence[Item[T]]) -> float:
    return sum(item.cost for item in stack)
