"""The launcher's side of stacks that end early: whether it pays, and into what their runs go.

A stack gets thin as its runs end, and a worker is idle once nothing waits for it. In the first case
the stack may make room for one that waits, in the second all stacks under way may be shared out
among all workers. Either is an ordinary checkpoint and an ordinary resume, of the same bits.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from sweeps.anew import Anew
from sweeps.assignment import Assignment, Member
from sweeps.job import Job
from sweeps.journal import JournalError
from sweeps.packing import Item, Room, loads, pack
from sweeps.replay import RunRecord
from sweeps.store import Store

# What it must gain: to end stacks and begin others costs a few tenths of a second.
_WORTH_SECONDS = 1.0
_FIRST_LOOK_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 60.0
_PACED_BY = 6


@dataclass(frozen=True)
class Pace:
    """How a stack goes on: `live` runs, `seconds` a step, and `steps` that may be left."""

    live: int
    seconds: float
    steps: int


def gain(paces: Sequence[Pace], workers: int, room: Room) -> float:
    """Give the seconds by which all would end sooner if they were packed anew on all workers."""
    items: list[Item[int]] = []
    for key, pace in enumerate(paces):
        # As `packing.cost` has it, the stack takes what its runs do and one more.
        share = pace.seconds * pace.steps / (pace.live + 1)
        items += [Item(len(items) + n, str(key), share) for n in range(pace.live)]
    stacks = [[items[number] for number in stack] for stack in pack(items, workers, room)]
    now = max((pace.seconds * pace.steps for pace in paces), default=0.0)
    return now - loads(stacks, workers)[0]


def pace(records: Sequence[RunRecord], most_steps: int) -> Pace | None:
    """Say how a stack of runs goes on, by the times of its last steps; None if they are too few.

    A run may stop before its `most_steps`: it is taken to have as many left as it has made.
    """
    live = [record for record in records if record.outcome is None]
    if not live:
        return Pace(0, 0.0, 0)
    first = live[0].restored_step or 0
    times = sorted(
        {
            point.step: point.time_ms / 1000
            for curve in live[0].curves.values()
            for point in curve.values()
            if point.step > first
        }.items()
    )[-_PACED_BY:]
    if len(times) < _PACED_BY // 2:
        return None
    (step, began), (last, ended) = times[0], times[-1]
    return Pace(len(live), (ended - began) / (last - step), min(most_steps - last, last))


def _thin(room: Room, memory: float) -> int:
    """Give the width at which a stack of runs that need so much memory each is thin.

    It is a quarter of the widest that there can be, as a stack of half of that is fast enough.
    """
    widest = min(room.width, room.memory // memory) if memory else room.width
    return int(widest) // 4


class Repacking:
    """Decides on a launch's stacks while the context lasts, in a thread of its own.

    `label` is the launch's.
    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        label: str,
        jobs: Mapping[int, Job],
        room: Room,
        by_step: Callable[[Assignment], Mapping[int | None, Sequence[Member]]],
    ) -> None:
        """`folder` is for the files by which workers are told.

        `by_step` gives the members of an assignment that have no outcome, by where they go on.
        """
        self._store = store
        self._label = label
        self._jobs = jobs
        self._room = room
        self._thin = _thin(room, max((job.memory for job in jobs.values()), default=0.0))
        self._by_step = by_step
        self._asked = folder / f"anew-{label}"
        self._waiting = folder / f"waiting-{label}"
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._over = False
        self._under_way: Sequence[Assignment] = ()
        self._workers = 0
        self._thread = threading.Thread(target=self._work, name="repacking", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over = True
        self._changed.set()
        self._thread.join()
        self._tell((), 0)

    def equipped(self, assignments: Sequence[Assignment]) -> list[Assignment]:
        """Give assignments that know when to end; one alone of its kind is thin for nothing."""
        kinds = Counter(self._job(one.members[0]).stack_key for one in assignments)
        return [
            replace(
                one,
                anew=Anew(
                    self._asked,
                    self._waiting,
                    self._thin if kinds[self._job(one.members[0]).stack_key] > 1 else 0,
                ),
            )
            for one in assignments
        ]

    def begin(self, assignments: Collection[Assignment], workers: int) -> None:
        """Take in which assignments begin now, in their order."""
        with self._lock:
            self._asked.unlink(missing_ok=True)
            self._tell(assignments, workers)
        self._changed.set()

    def left(self, assignments: Collection[Assignment], workers: int, apart: int) -> None:
        """Take in which of them have not ended, while so many that ended early are kept apart.

        No worker idles while those wait: all end, to be packed with them.
        """
        with self._lock:
            if apart and len(assignments) < workers:
                self._asked.touch()
            self._tell(assignments, workers)
        self._changed.set()

    def _tell(self, assignments: Collection[Assignment], workers: int) -> None:
        self._under_way = tuple(assignments) if len(assignments) < workers else ()
        self._workers = workers
        if len(assignments) > workers:
            self._waiting.touch()
        else:
            self._waiting.unlink(missing_ok=True)
        if not assignments:
            self._asked.unlink(missing_ok=True)

    def packed(self, assignments: Sequence[Assignment], workers: int) -> list[Assignment]:
        """Pack what is left of assignments that ended early."""
        items = [
            self._item(member, step)
            for assignment in assignments
            for step, members in self._by_step(assignment).items()
            for member in members
        ]
        stacks = pack(items, workers, self._room)
        return self.equipped([replace(assignments[0], members=tuple(stack)) for stack in stacks])

    def _item(self, member: Member, step: int | None) -> Item[Member]:
        job = self._job(member)
        left = 1 - (step or 0) / job.steps if job.steps else 1.0
        return Item(member, f"{job.stack_key} {step}", job.cost * left, job.memory)

    def _job(self, member: Member) -> Job:
        return self._jobs[member.number]

    def _work(self) -> None:
        while not self._over:
            self._changed.wait()
            self._changed.clear()
            pause = _FIRST_LOOK_SECONDS
            while self._under_way and not self._changed.wait(pause):
                if self._ask(self._under_way):
                    break
                # What goes on for long is looked at seldom, and there is as much left of it.
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _ask(self, under_way: Sequence[Assignment]) -> bool:
        """Have all stacks end if that pays; say if they will."""
        paces: list[Pace] = []
        with suppress(OSError, ValueError, JournalError):
            paces += self._paces(under_way)
        if len(paces) < len(under_way) or gain(paces, self._workers, self._room) < _WORTH_SECONDS:
            return False
        with self._lock:
            if self._under_way is under_way:
                self._asked.touch()
        return True

    def _paces(self, under_way: Sequence[Assignment]) -> Iterator[Pace]:
        """Give the paces of stacks, up to one that can't be told."""
        for assignment in under_way:
            records = [
                self._store.run(member.definition.identity).record()
                for member in assignment.members
            ]
            ours = [
                one.started is not None and one.started.launch == self._label for one in records
            ]
            steps = max(self._job(member).steps or 0 for member in assignment.members)
            found = pace(records, steps) if all(ours) and assignment.stack else None
            if found is None:
                return
            yield found
