"""Stacks hold every run once, never mix keys, and keep every worker busy to the end."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeps import packing
from sweeps.packing import Item, Room, pack

KEYS = st.sampled_from(["a", "b", "c", None])
COSTS = st.integers(1, 8).map(float)
WORKERS = st.integers(1, 12)
WIDTH = 32
ROOM = Room(WIDTH)


def _items(parts: Sequence[tuple[str | None, float]]) -> list[Item[int]]:
    return [Item(number, key, cost) for number, (key, cost) in enumerate(parts)]


ITEMS = st.lists(st.tuples(KEYS, COSTS), max_size=80).map(_items)


def _time(stack: Sequence[int], items: Sequence[Item[int]]) -> float:
    costs = [items[number].cost for number in stack]
    return sum(costs) + max(costs)


def _end(stacks: Sequence[Sequence[int]], items: Sequence[Item[int]], workers: int) -> float:
    """Play it through: who is free takes the next stack. Written apart from the code it judges."""
    free_at = [0.0] * workers
    for stack in stacks:
        first = free_at.index(min(free_at))
        free_at[first] += _time(stack, items)
    return max(free_at)


@given(ITEMS, WORKERS, st.integers(1, 40))
def test_every_run_is_in_one_stack_with_its_like(
    items: list[Item[int]], workers: int, width: int
) -> None:
    stacks = pack(items, workers, Room(width))
    assert Counter(number for stack in stacks for number in stack) == Counter(range(len(items)))
    for stack in stacks:
        keys = {items[number].key for number in stack}
        assert len(keys) == 1
        assert len(stack) == 1 or None not in keys
        assert len(stack) <= width


@given(ITEMS, WORKERS)
def test_the_sweep_ends_no_later_than_with_a_stack_for_each_key(
    items: list[Item[int]], workers: int
) -> None:
    ordered = sorted(items, key=lambda item: str(item.key))
    groups = [
        group
        for key, same in groupby(ordered, key=lambda item: item.key)
        for group in ([[item] for item in (list(same))] if key is None else [list(same)])
    ]
    if any(len(group) > WIDTH for group in groups):
        return
    whole = [[item.what for item in group] for group in groups]
    whole.sort(key=lambda stack: _time(stack, items), reverse=True)
    # Adding up in another order rounds otherwise.
    assert _end(pack(items, workers, ROOM), items, workers) <= _end(whole, items, workers) + 1e-9


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.integers(1, 8))
def test_all_workers_end_at_about_the_same_time(groups: list[int], workers: int) -> None:
    """No later than evenly shared work and one stack more than its share, of any equal cutting."""
    items = _items([(f"key {n}", 1.0) for n, size in enumerate(groups) for _ in range(size)])
    ends = []
    for parts in range(1, max(groups) + 1):
        even = [
            [item.what for item in items if item.key == f"key {n}"][part::parts]
            for n in range(len(groups))
            for part in range(parts)
        ]
        stacks = sorted(filter(None, even), key=len, reverse=True)
        if max(map(len, stacks)) <= WIDTH:
            ends.append(_end(stacks, items, workers))
    assert _end(pack(items, workers, ROOM), items, workers) <= 1.25 * min(ends)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), WORKERS)
def test_no_worker_is_left_without_work_while_another_has_two_runs(
    groups: list[int], workers: int
) -> None:
    items = _items([(f"key {n}", 1.0) for n, size in enumerate(groups) for _ in range(size)])
    assert len(pack(items, workers, ROOM)) >= min(workers, len(items))


@given(ITEMS, WORKERS)
def test_the_costly_start_first(items: list[Item[int]], workers: int) -> None:
    costs = [_time(stack, items) for stack in pack(items, workers, ROOM)]
    assert costs == sorted(costs, reverse=True)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9)), min_size=1, max_size=60),
    st.integers(1, 6),
    st.integers(5, 30),
)
def test_a_stack_fills_no_more_memory_than_there_is_unless_it_is_one_run(
    parts: list[tuple[str, int]], workers: int, memory: int
) -> None:
    items = [Item(n, key, 1.0, float(need)) for n, (key, need) in enumerate(parts)]
    for stack in pack(items, workers, Room(WIDTH, memory)):
        assert len(stack) == 1 or sum(items[number].memory for number in stack) <= memory


def test_long_runs_are_shared_out_by_their_cost_not_their_number() -> None:
    items = _items([("a", 1.0)] * 12 + [("a", 10.0)] * 12)
    stacks = pack(items, 2, ROOM)
    assert _end(stacks, items, 2) < 1.15 * (sum(item.cost for item in items) / 2 + 10)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_runs_that_share_nothing_keep_their_order(workers: int) -> None:
    assert pack(_items([(None, 1.0)] * 5), workers, ROOM) == [[0], [1], [2], [3], [4]]


def test_one_worker_gets_stacks_as_wide_as_can_be_and_even() -> None:
    widths = [len(stack) for stack in pack(_items([("a", 1.0)] * (WIDTH + 3)), 1, ROOM)]
    assert widths == [18, 17]


def test_two_like_groups_use_four_workers() -> None:
    items = _items([("a", 1.0)] * 8 + [("b", 1.0)] * 8)
    assert [len(stack) for stack in pack(items, 4, ROOM)] == [4, 4, 4, 4]


def test_three_keys_on_two_workers_are_shared_out() -> None:
    """Three settings of ten seeds each: the third is halved, so that both end together."""
    items = _items([(key, 1.0) for key in "abc" for _ in range(10)])
    assert [len(stack) for stack in pack(items, 2, ROOM)] == [10, 10, 5, 5]


def test_nothing_to_run_needs_no_stack() -> None:
    assert pack([], 3, ROOM) == []


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
    stacks = pack(_items([(key, 1.0)] * 10_000), 2, ROOM)
    assert sum(map(len, stacks)) == 10_000
    assert len(looks) < 20
