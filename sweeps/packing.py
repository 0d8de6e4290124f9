"""Which runs go together, and in which order.

Runs of equal key may share a stack, which is faster the wider it is, up to a width; but a stack is
one process's work, so there must be enough stacks, of like size, to keep every worker busy.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapreplace
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Item(Generic[T]):
    """Something to run. Items of equal `key` may share a stack; a key of None is never shared.

    `cost` is in any unit, the same for all; `memory` in bytes.
    """

    what: T
    key: str | None
    cost: float
    memory: float = 0.0


@dataclass(frozen=True)
class Room:
    """What one stack may have: `width` runs, and `memory` bytes unless one run alone needs more."""

    width: int
    memory: float = math.inf


def pack(items: Sequence[Item[T]], workers: int, room: Room) -> list[list[T]]:
    """Make stacks of `items` for so many `workers`, in the order in which to start them.

    The runs of a key begin as few even stacks. Those with the heaviest stack are cut into more for
    as long as that evens out the workers' loads. The costly stacks start first; equal costs keep
    the order of the items, so that a seed given last on the command line runs slowest.
    """
    by_key: dict[str, list[Item[T]]] = {}
    for index, item in enumerate(items):
        key = f"alone {index}" if item.key is None else f"key {item.key}"
        by_key.setdefault(key, []).append(item)
    groups = [_cut(group, len(_cut(group, 1, room)), room) for group in by_key.values()]
    while (group := _heaviest(groups)) is not None:
        others = [stack for one in groups if one is not group for stack in one]
        items = [item for stack in group for item in stack]
        parts = _finer(len(group), len(items), len(others), workers)
        cuts = [group, *(_cut(items, count, room) for count in parts)]
        now, *then = (loads([*others, *cut], workers) for cut in cuts)
        # Lists compare by the first load that differs: by who ends last, then by who ends before.
        better = [(ends[0], place) for place, ends in enumerate(then, 1) if ends < now]
        if not better:
            break
        _, place = min(better)  # of equal ends that of the fewest cuts
        groups = [cuts[place] if one is group else one for one in groups]
    ordered = sorted((stack for group in groups for stack in group), key=cost, reverse=True)
    return [[item.what for item in stack] for stack in ordered]


def cost(stack: Sequence[Item[T]]) -> float:
    """Give a stack's cost: that of its runs, and for what they share that of one more.

    Each step gathers one batch and makes the same calls for all. On one core a 784-50-10 network
    takes 1.7 to 2 times as long alone as one more in a stack does, with either size of batch:
    benchmarks/step.py. It lasts as long as the longest run.
    """
    return math.fsum(item.cost for item in stack) + max(item.cost for item in stack)


def loads(stacks: Sequence[Sequence[Item[T]]], workers: int) -> list[float]:
    """Give each worker's whole cost, the highest first, when the costly stacks are started first.

    Whoever is free takes the next one: Graham's longest processing time rule (1969).
    """
    heap = [0.0] * workers
    for own in sorted(map(cost, stacks), reverse=True):
        heapreplace(heap, heap[0] + own)
    return sorted(heap, reverse=True)


def _heaviest(groups: Sequence[list[list[Item[T]]]]) -> list[list[Item[T]]] | None:
    """Give the group with the heaviest stack that can be cut; None if there is none."""
    divisible = [
        (max(cost(stack) for stack in group if len(stack) > 1), -place)
        for place, group in enumerate(groups)
        if any(len(stack) > 1 for stack in group)
    ]
    return groups[-max(divisible)[1]] if divisible else None


def _finer(stacks: int, items: int, others: int, workers: int) -> list[int]:
    """Say into how many stacks to try to cut what has so many, beside others'.

    One more, two, four, ... up to one more for each worker; and as many as make all stacks a
    multiple of the workers.
    """
    more = {1 << power for power in range(workers.bit_length())}
    more.add(-(stacks + others) % workers or workers)
    return sorted({min(stacks + added, items) for added in more})


def _cut(items: Sequence[Item[T]], parts: int, room: Room) -> list[list[Item[T]]]:
    """Cut items, in their order, into so many parts of like cost, or more if there is no room."""
    rest = deque(items)
    left = math.fsum(item.cost for item in items)
    stacks: list[list[Item[T]]] = []
    while rest:
        others = max(parts - len(stacks) - 1, 0)
        share = left / (others + 1) * (1 + 1e-9)
        stack = [rest.popleft()]
        spent, memory = stack[0].cost, stack[0].memory
        while (
            len(rest) > others
            and len(stack) < room.width
            and memory + rest[0].memory <= room.memory
            and spent + rest[0].cost / 2 <= share
        ):
            stack.append(rest.popleft())
            spent += stack[-1].cost
            memory += stack[-1].memory
        left -= spent
        stacks.append(stack)
    return stacks
