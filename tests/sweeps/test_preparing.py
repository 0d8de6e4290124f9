"""Assignments are prepared in their order, as the pool takes them; a fault is raised here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest

from sweeps.assignment import Assignment, Ran
from sweeps.preparing import Preparing
from sweeps.state import Outcome, RunState


@dataclass(frozen=True)
class Named:
    """As much of an assignment as it takes."""

    name: str
    ready: bool = False


class Pool:
    """Runs what it is given at once, as joblib takes its tasks: from a generator."""

    deaths: tuple[type[Exception], ...] = (ChildProcessError,)
    host: str | None = None

    def __init__(self, dies_at: str = "") -> None:
        self.ran: list[str] = []
        self._dies_at = dies_at

    def width(self) -> int:
        return 2

    def memory(self, workers: int) -> float:
        return 1e9 / workers

    def run(self, batch: Iterable[Any], width: int) -> Iterator[tuple[int, list[Ran] | None]]:
        for number, one in enumerate(batch):
            assert one.ready
            if one.name == self._dies_at:
                raise ChildProcessError(one.name, width)
            self.ran.append(one.name)
            yield number, [Ran(number, Outcome(RunState.FINISHED))]

    def kill(self) -> None:
        """End what is over."""


def prepared(assignment: Assignment) -> Assignment:
    name = cast(Named, assignment).name
    if name == "full disk":
        raise OSError(28, "No space left on device")
    return cast(Assignment, Named(name, ready=True))


def run(pool: Pool, *names: str) -> list[int]:
    preparing = Preparing(pool, prepared)
    batch = [cast(Assignment, Named(name)) for name in names]
    return [number for number, _ in preparing.run(batch, 2)]


def test_all_are_prepared_and_run_in_their_order() -> None:
    pool = Pool()
    assert run(pool, *"abcde") == [0, 1, 2, 3, 4]
    assert pool.ran == list("abcde")


def test_what_cannot_be_prepared_is_raised_once_those_before_it_have_run() -> None:
    pool = Pool()
    with pytest.raises(OSError, match="No space left"):
        run(pool, "a", "b", "full disk", "c")
    assert pool.ran == ["a", "b"]


def test_a_workers_death_passes_through() -> None:
    pool = Pool(dies_at="b")
    with pytest.raises(pool.deaths):
        run(pool, "a", "b", "c")
    assert pool.ran == ["a"]
