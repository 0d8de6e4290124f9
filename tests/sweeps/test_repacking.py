"""Stacks that end early: when it pays, what is told to whom, and that their runs go on."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sweeps import repacking
from sweeps.anew import Anew, Leaving, is_meeting
from sweeps.assignment import Assignment, Member, Ran
from sweeps.fingerprint import fingerprint, locate
from sweeps.job import Job
from sweeps.journal import read
from sweeps.keeper import Stop
from sweeps.packing import Room
from sweeps.pool import LokyPool, execute
from sweeps.records import Definition, Ended, Left, Metrics, Restored, Started
from sweeps.repacking import Pace, Repacking, gain, pace
from sweeps.replay import replay
from sweeps.run import Run
from sweeps.state import Outcome, RunState
from sweeps.store import Store

SOURCE = locate(Path(__file__))
CODE = fingerprint(SOURCE).digest
LAUNCH = "l"


def run_stack(settings: Sequence[Mapping[str, Any]], runs: Sequence[Run]) -> None:
    """What the workers run: members in lockstep, each to its own last step, adding up the steps."""
    states = [run.restore() or {"step": 0, "sum": 0, "widths": []} for run in runs]
    live = list(range(len(runs)))
    while live:
        time.sleep(0.01)
        for n in live:
            states[n]["step"] += 1
            states[n]["sum"] += states[n]["step"]
            states[n]["widths"].append(len(live))
            runs[n].log(states[n]["step"], {"pid": os.getpid(), "width": len(live)})
        for n in [n for n in live if states[n]["step"] >= settings[n]["ends"]]:
            runs[n].finish(states[n]["sum"])
            live.remove(n)
        stopping = any(runs[n].stopping for n in live)
        for n in live:
            runs[n].checkpoint(states[n])
        if stopping:
            return


class Sweep:
    """Assignments of runs in a folder, each run with the step at which it ends, and who packs."""

    def __init__(self, folder: Path, job: Job, *stacks: Sequence[int], width: int = 32) -> None:
        self.store = Store(folder / ".sweeps")
        self.store.create()
        self.ends = [ends for stack in stacks for ends in stack]
        numbers = iter(range(1000))
        self.assignments = [
            Assignment(
                members=tuple(self._member(folder, next(numbers), ends) for ends in stack),
                source=SOURCE,
                stack=f"{__name__}:run_stack",
                plain=None,
                store=self.store.root,
                launch=LAUNCH,
                stop=Stop(folder / "stop", os.getpid()),
                checkpoint_seconds=1000,
            )
            for stack in stacks
        ]
        jobs = {
            member.number: replace(job, stack_key="k", steps=400)
            for one in self.assignments
            for member in one.members
        }
        self.repacking = Repacking(
            self.store, folder, LAUNCH, jobs, Room(width), by_step=self.by_step
        )

    def _member(self, folder: Path, number: int, ends: int) -> Member:
        name = f"run-{number}"
        config = {"ends": ends}
        definition = Definition(identity=name, task="t", sweep="s", name=name, config=config)
        return Member(number, definition, CODE, folder / f"{name}.log")

    def by_step(self, assignment: Assignment) -> dict[int | None, list[Member]]:
        left: dict[int | None, list[Member]] = {}
        for member in assignment.members:
            folder = self.store.run(member.definition.identity)
            record = folder.headline()
            if record.outcome is None:
                left.setdefault(folder.resumes_from(record), []).append(member)
        return left

    def regroup(self, assignment: Assignment) -> list[Assignment]:
        return [
            replace(assignment, members=tuple(members))
            for members in self.by_step(assignment).values()
        ]

    def run(self, workers: int) -> list[Ran]:
        with self.repacking as repack:
            assignments = repack.equipped(self.assignments)
            return list(execute(assignments, workers, 2, self.regroup, LokyPool(), repack))

    def widths(self, number: int) -> dict[int, float]:
        curve = self.store.run(f"run-{number}").record().curves["width"]
        return {step: point.value for step, point in curve.items()}

    def attempts(self) -> list[int]:
        return [self.store.run(f"run-{n}").headline().attempts for n in range(len(self.ends))]

    def holds_what_it_should(self) -> None:
        """Every run went through each of its steps, none was lost or done twice over."""
        for number, ends in enumerate(self.ends):
            outcome = self.store.run(f"run-{number}").headline().outcome
            assert outcome is not None
            assert outcome.state is RunState.FINISHED
            assert outcome.value == ends * (ends + 1) // 2
            assert sorted(self.widths(number)) == list(range(1, ends + 1))


MakeSweep = Callable[..., Sweep]


@pytest.fixture
def make(tmp_path: Path, three: Any) -> Iterator[MakeSweep]:
    def made(*stacks: Sequence[int], width: int = 32) -> Sweep:
        return Sweep(tmp_path, three.plan.jobs[0], *stacks, width=width)

    yield made
    assert not list(tmp_path.glob("anew-*")), "nobody is told any more to end"
    assert not list(tmp_path.glob("waiting-*"))


def test_thin_stacks_make_room_and_meet_again_in_one(make: MakeSweep) -> None:
    """Four long runs in three stacks, on one worker: the first two wait for each other at 8."""
    sweep = make([3, 3, 40], [4, 4, 40], [5, 40, 40], width=8)
    ran = sweep.run(1)
    sweep.holds_what_it_should()
    assert sweep.attempts() == [1, 1, 2, 1, 1, 2, 1, 1, 1]
    assert sum(one.anew for one in ran) == 2
    assert sweep.widths(2)[8] == sweep.widths(5)[8] == 1
    assert sweep.widths(2)[9] == sweep.widths(5)[40] == 2


def test_a_stack_alone_of_its_kind_is_not_ended(make: MakeSweep) -> None:
    sweep = make([3, 20], [3, 20], width=8)
    other = replace(sweep.repacking._jobs[2], stack_key="other")
    sweep.repacking._jobs = {**sweep.repacking._jobs, 2: other, 3: other}
    sweep.run(1)
    sweep.holds_what_it_should()
    assert sweep.attempts() == [1, 1, 1, 1]


def test_an_idle_worker_gets_half_of_what_is_left_if_that_pays(
    make: MakeSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repacking, "_WORTH_SECONDS", 0.2)
    sweep = make([2], [300, 300, 300, 300])
    sweep.run(2)
    sweep.holds_what_it_should()
    assert sweep.attempts() == [1, 2, 2, 2, 2]
    assert [sweep.widths(number)[300] for number in (1, 2, 3, 4)] == [2, 2, 2, 2]
    pids = {sweep.store.run(f"run-{n}").record().curves["pid"][300].value for n in range(1, 5)}
    assert len(pids) == 2


def test_what_ended_early_is_not_kept_waiting_while_a_worker_idles(
    make: MakeSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first stack makes room for the third, after which its long run waits for a worker."""
    monkeypatch.setattr(repacking, "_WORTH_SECONDS", 1e9)
    sweep = make([3, 3, 100], [300, 300, 300], [2, 2, 2], width=8)
    sweep.run(2)
    sweep.holds_what_it_should()
    assert sweep.attempts() == [1, 1, 2, 2, 2, 2, 1, 1, 1]
    began = sweep.store.run("run-2").record().started
    other = sweep.store.run("run-3").record()
    assert began is not None
    assert other.ended_ms is not None
    assert other.ended_ms - began.time_ms > 500, "they went on together"


def test_a_run_that_left_its_stack_is_told_as_waiting(make: MakeSweep) -> None:
    sweep = make([3, 3, 40], [4, 4, 40], width=8)
    sweep.run(1)
    records = read(sweep.store.run("run-2").journal).records
    (left,) = [number for number, one in enumerate(records) if isinstance(one, Left)]
    before, after = replay(records[: left + 1]), replay(records)
    assert (before.left, before.repackings, before.outcome) == (True, 0, None)
    assert (after.left, after.repackings, after.attempts) == (False, 1, 2)


def test_it_is_left_alone_if_that_does_not_pay(make: MakeSweep) -> None:
    sweep = make([2], [60, 60, 60, 60])
    sweep.run(2)
    sweep.holds_what_it_should()
    assert sweep.attempts() == [1, 1, 1, 1, 1]


def test_an_idle_worker_shortens_the_tail_by_what_the_stack_shares() -> None:
    # Four and one: two halves take two and one.
    assert gain([Pace(live=4, seconds=0.5, steps=10)], 2, Room(32)) == pytest.approx(2.0)
    assert gain([Pace(1, 0.5, 10)], 2, Room(32)) == pytest.approx(0.0)
    assert gain([], 2, Room(32)) == 0.0
    # Both are busy to the end: nothing to be had.
    assert gain([Pace(4, 0.5, 10), Pace(4, 0.5, 10)], 2, Room(32)) <= 0.0


def _record(*steps: int, restored: int | None = None, ended: bool = False) -> Any:
    records: list[Any] = [Started(0, pid=1, host="h", launch=LAUNCH)]
    if restored is not None:
        records.append(Restored(0, restored))
    records += [Metrics(2000 * step, step, {"loss": 1.0}) for step in steps]
    if ended:
        records.append(Ended(0, Outcome(RunState.FINISHED)))
    return replay(records)


def test_a_pace_is_that_of_the_last_steps_and_as_much_is_left_as_was_made() -> None:
    assert pace([_record(*range(1, 21)), _record(1, ended=True)], 100) == Pace(1, 2.0, 20)
    assert pace([_record(*range(1, 21))], 30) == Pace(1, 2.0, 10)
    assert pace([_record(51, 52, 53, restored=50)], 1000) == Pace(1, 2.0, 53)
    assert pace([_record(1)], 100) is None
    assert pace([_record(1, ended=True)], 100) == Pace(0, 0.0, 0)


def test_meetings_are_few() -> None:
    assert [step for step in range(200) if is_meeting(step)] == [8, 16, 32, 64, 128]


def test_all_runs_of_a_stack_hear_the_same_in_a_step(tmp_path: Path) -> None:
    anew = Anew(tmp_path / "asked", tmp_path / "waiting", thin=2)
    width = 3
    leaving = Leaving(anew, lambda: width)
    assert not leaving.at(7)
    anew.asked.touch()
    assert not leaving.at(7), "this step was decided"
    assert leaving.at(8)
    anew.asked.unlink()
    assert leaving.at(8)
    anew.waiting.touch()
    assert not leaving.at(16), "three are not thin"
    width = 2
    assert not leaving.at(17), "no meeting"
    assert leaving.at(32)
    assert not Leaving(None, lambda: 1).at(8)


def test_what_memory_bounds_is_not_thin_for_that() -> None:
    assert repacking._thin(Room(32), 0.0) == 8
    assert repacking._thin(Room(32, memory=100.0), 10.0) == 2
    assert repacking._thin(Room(32, memory=100.0), 50.0) == 0
