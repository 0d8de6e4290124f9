"""Stacks hold every run once, never mix keys, and keep every worker busy to the end."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeps import packing
from sweeps.packing import MAXIMUM_WIDTH, Item, pack

KEYS = st.sampled_from(["a", "b", "c", None])
COSTS = st.integers(1, 8).map(float)
WORKERS = st.integers(1, 12)


def _items(parts: Sequence[tuple[str | None, float]]) -> list[Item[int]]:
    return [Item(number, key, cost) for number, (key, cost) in enumerate(parts)]


ITEMS = st.lists(st.tuples(KEYS, COSTS), max_size=80).map(_items)


def _end(stacks: Sequence[Sequence[int]], items: Sequence[Item[int]], workers: int) -> float:
    """Play it through: who is free takes the next stack. Written apart from the code it judges."""
    free_at = [0.0] * workers
    for stack in stacks:
        first = free_at.index(min(free_at))
        free_at[first] += sum(items[number].cost for number in stack)
    return max(free_at)


@given(ITEMS, WORKERS)
def test_every_run_is_in_one_stack_with_its_like(items: list[Item[int]], workers: int) -> None:
    stacks = pack(items, workers)
    assert Counter(number for stack in stacks for number in stack) == Counter(range(len(items)))
    for stack in stacks:
        keys = {items[number].key for number in stack}
        assert len(keys) == 1
        assert len(stack) == 1 or None not in keys
        assert len(stack) <= MAXIMUM_WIDTH


@given(ITEMS, WORKERS)
def test_the_sweep_ends_no_later_than_with_a_stack_for_each_key(
    items: list[Item[int]], workers: int
) -> None:
    ordered = sorted(items, key=lambda item: str(item.key))
    whole = [
        [item.what for item in group][start : start + MAXIMUM_WIDTH]
        for key, same in groupby(ordered, key=lambda item: item.key)
        for group in ([[item] for item in (list(same))] if key is None else [list(same)])
        for start in range(0, len(group), MAXIMUM_WIDTH)
    ]
    whole.sort(key=lambda stack: sum(items[number].cost for number in stack), reverse=True)
    assert _end(pack(items, workers), items, workers) <= _end(whole, items, workers)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), WORKERS)
def test_no_worker_is_left_without_work_while_another_has_two_runs(
    groups: list[int], workers: int
) -> None:
    items = _items([(f"key {n}", 1.0) for n, size in enumerate(groups) for _ in range(size)])
    assert len(pack(items, workers)) >= min(workers, len(items))


@given(ITEMS, WORKERS)
def test_the_costly_start_first(items: list[Item[int]], workers: int) -> None:
    costs = [sum(items[number].cost for number in stack) for stack in pack(items, workers)]
    assert costs == sorted(costs, reverse=True)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_runs_that_share_nothing_keep_their_order(workers: int) -> None:
    assert pack(_items([(None, 1.0)] * 5), workers) == [[0], [1], [2], [3], [4]]


def test_one_worker_gets_stacks_as_wide_as_can_be() -> None:
    widths = [len(stack) for stack in pack(_items([("a", 1.0)] * (MAXIMUM_WIDTH + 3)), 1)]
    assert widths == [MAXIMUM_WIDTH, 3]


def test_two_like_groups_use_four_workers() -> None:
    items = _items([("a", 1.0)] * 8 + [("b", 1.0)] * 8)
    assert [len(stack) for stack in pack(items, 4)] == [4, 4, 4, 4]


def test_nothing_to_run_needs_no_stack() -> None:
    assert pack([], 3) == []


@pytest.mark.parametrize("key", ["all alike", None])
def test_ten_thousand_runs_are_packed_after_a_few_looks_at_the_loads(
    key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    loads = packing.loads

    def counted(stacks: Sequence[Sequence[Item[int]]], workers: int) -> list[float]:
        looks.append(len(stacks))
        return loads(stacks, workers)

    monkeypatch.setattr(packing, "loads", counted)
    stacks = pack(_items([(key, 1.0)] * 10_000), 2)
    assert sum(map(len, stacks)) == 10_000
    assert len(looks) < 20
