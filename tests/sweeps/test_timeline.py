"""Every second of a launch is some part's, and none is two parts'."""

from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeps.ledger import Ledger, Spent
from sweeps.timeline import (
    JOURNALS,
    PLANNING,
    START,
    STARTING_WORKERS,
    TAIL,
    WAITING,
    Timeline,
    Worked,
)

# Of a worker: how long it waits before each assignment, and on what it is at work in it. Whole
# milliseconds: sums lose what is smaller by more than a float holds.
SECONDS = st.integers(0, 9000).map(lambda milliseconds: milliseconds / 1000)
LANES = st.lists(
    st.lists(
        st.tuples(
            SECONDS,
            st.dictionaries(st.sampled_from(["data", "products", "gather"]), SECONDS),
            SECONDS,
        ),
        min_size=1,
        max_size=4,
    ),
    max_size=4,
)
Lane = Sequence[tuple[float, dict[str, float], float]]


def _spent(worker: str, lane: Lane) -> list[Spent]:
    ends = list(accumulate(wait + sum(told.values()) + rest for wait, told, rest in lane))
    return [
        Spent(worker, end - rest - sum(told.values()), end, told, 0.0, 0.0, ())
        for end, (_, told, rest) in zip(ends, lane, strict=True)
    ]


@given(LANES, st.integers(1, 5), SECONDS)
def test_the_parts_of_the_workers_time_add_up_to_it(
    lanes: Sequence[Lane], workers: int, tail: float
) -> None:
    spent = [one for number, lane in enumerate(lanes) for one in _spent(str(number), lane)]
    ended = max((one.ended for one in spent), default=0.0) + tail
    seconds = Worked(0.0, ended, workers, tuple(spent)).seconds()
    assert sum(seconds.values()) == pytest.approx(ended)
    assert all(taken >= -1e-9 for taken in seconds.values())


def test_each_moment_of_a_worker_is_called_what_it_was() -> None:
    first = Spent("a", 1.0, 4.0, {"products": 2.0}, 0.0, 0.0, ())
    second = Spent("a", 4.5, 6.0, {"products": 1.5}, 0.0, 0.0, ())
    assert Worked(0.0, 8.0, 1, (second, first)).seconds() == {
        STARTING_WORKERS: 1.0,
        "products": 3.5,
        JOURNALS: 1.0,
        WAITING: 0.5,
        TAIL: 2.0,
    }


def test_a_worker_without_work_waits() -> None:
    only = Spent("a", 0.0, 4.0, {}, 0.0, 0.0, ())
    seconds = Worked(0.0, 4.0, 2, (only,)).seconds()
    assert seconds[WAITING] == seconds[JOURNALS] == 2.0


def test_marks_leave_nothing_out() -> None:
    timeline = Timeline(began=100.0)
    timeline.mark(START)
    timeline.mark(PLANNING)
    timeline.mark_worked(2, ())
    timeline.mark(PLANNING)
    seconds = timeline.seconds()
    assert list(seconds) == [START, PLANNING, WAITING]
    assert sum(seconds.values()) == pytest.approx(timeline.now - 100.0)


def test_a_ledger_adds_up_what_it_is_told() -> None:
    ledger = Ledger()
    ledger.add({"gather": 1.0}, 10.0, 5.0, ["a sentence"])
    ledger.add({"gather": 2.0, "data": 0.5}, 1.0, 4.0, ["a sentence", "another"])
    spent = ledger.close()
    assert spent.seconds == {"gather": 3.0, "data": 0.5}
    assert (spent.operations, spent.peak) == (11.0, 5.0)
    assert spent.notes == ("a sentence", "another")
    assert spent.began <= spent.ended
