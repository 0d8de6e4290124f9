"""Assignments on real worker processes: outcomes as they come, a death costs nobody else's run."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sweeps.assignment import Assignment, Member, Ran
from sweeps.fingerprint import fingerprint, locate
from sweeps.keeper import Stop
from sweeps.pool import LokyPool, execute
from sweeps.records import Definition
from sweeps.run import Run
from sweeps.state import Outcome, RunState
from sweeps.store import Store

SOURCE = locate(Path(__file__))
CODE = fingerprint(SOURCE).digest


def run_stack(settings: Sequence[Mapping[str, object]], runs: Sequence[Run]) -> None:
    """What the workers run: does to itself what its settings say."""
    for own, run in zip(settings, runs, strict=True):
        run.log(1, {"pid": os.getpid()})
        match own["does"]:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "raise":
                msg = "as asked"
                raise ValueError(msg)
            case "forget":
                continue
            case str(what) if what.startswith("stop "):
                # The launcher, asked twice, is gone with its stop file as soon as this has heard.
                file = Path(what.removeprefix("stop "))
                file.touch()
                heard = run.stopping
                file.unlink()
                assert heard
            case "fail":
                run.fail("as asked")
            case _:
                time.sleep(0.05)
                run.finish(float(len(str(own["name"]))))


@pytest.fixture
def assign(tmp_path: Path) -> Callable[[Mapping[str, str]], Assignment]:
    """Make an assignment of runs by name, each with what it does."""
    numbers = iter(range(1000))

    def make(does: Mapping[str, str]) -> Assignment:
        members = [
            Member(
                number=next(numbers),
                definition=Definition(
                    identity=name,
                    task="t",
                    sweep="s",
                    name=name,
                    config={"name": name, "does": what},
                ),
                code=CODE,
                log=tmp_path / f"{name}.log",
            )
            for name, what in does.items()
        ]
        return Assignment(
            members=tuple(members),
            source=SOURCE,
            stack=f"{__name__}:run_stack",
            plain=None,
            store=tmp_path / ".sweeps",
            launch="l",
            stop=Stop(tmp_path / "stop", os.getpid()),
            checkpoint_seconds=0,
        )

    return make


def regroup(assignment: Assignment) -> list[Assignment]:
    """Leave out what has an outcome, as a launch does."""
    store = Store(assignment.store)
    left = tuple(
        member
        for member in assignment.members
        if store.run(member.definition.identity).headline().outcome is None
    )
    return [replace(assignment, members=left)] if left else []


def outcomes(assignments: Sequence[Assignment], workers: int = 2) -> dict[str, Outcome]:
    names = {m.number: m.definition.name for a in assignments for m in a.members}
    ran = list(execute(assignments, workers, attempts=2, regroup=regroup, pool=LokyPool()))
    assert set(Counter(one.number for one in ran).values()) <= {1}, "no run ends twice"
    found = {names[one.number]: one.outcome for one in ran}
    for name in set(names.values()) - set(found):
        # Its worker died after it had ended: the journal has the outcome.
        outcome = Store(assignments[0].store).run(name).headline().outcome
        assert outcome is not None, "every run has an outcome"
        found[name] = outcome
    return found


Assign = Callable[[Mapping[str, str]], Assignment]


def test_every_run_ends_as_it_does(assign: Assign) -> None:
    found = outcomes([assign({"a": "work", "b": "fail"}), assign({"c": "work"})])
    assert found["a"].state is RunState.FINISHED
    assert found["a"].value == 1.0
    assert (found["b"].state, found["b"].reason) == (RunState.FAILED, "as asked")
    assert found["c"].state is RunState.FINISHED


def test_an_exception_is_an_outcome_of_its_stack_alone(assign: Assign) -> None:
    found = outcomes([assign({"a": "raise"}), assign({"b": "work"})])
    assert found["a"].reason == "ValueError: as asked"
    assert found["b"].state is RunState.FINISHED


def test_a_run_without_an_outcome_is_a_bug_that_is_told(assign: Assign) -> None:
    found = outcomes([assign({"a": "forget", "b": "work"})])
    assert "a bug in the task" in found["a"].reason
    assert found["b"].state is RunState.FINISHED


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_kills_its_worker_is_found_and_the_others_finish(
    assign: Assign, workers: int
) -> None:
    stacks = [assign({"a": "work", "k": "kill", "b": "work"})]
    stacks += [assign({name: "work"}) for name in "cdef"]
    found = outcomes(stacks, workers)
    killer = found.pop("k")
    assert killer.state is RunState.FAILED
    assert "its worker died" in killer.reason
    assert {one.state for one in found.values()} == {RunState.FINISHED}


def test_a_run_that_heard_of_a_stop_is_interrupted_though_the_launcher_is_gone(
    assign: Assign, tmp_path: Path
) -> None:
    ended = outcomes([assign({"heeds": f"stop {tmp_path / 'stop'}", "mate": "forget"})])
    assert {one.state for one in ended.values()} == {RunState.INTERRUPTED}


def test_workers_are_other_processes_even_if_there_is_one(assign: Assign, tmp_path: Path) -> None:
    outcomes([assign({"a": "work"}), assign({"b": "work"})], workers=1)
    for name in "ab":
        pid = Store(tmp_path / ".sweeps").run(name).record().curves["pid"][1].value
        assert pid != os.getpid()


def test_nothing_begins_in_a_sweep_that_is_stopping(assign: Assign, tmp_path: Path) -> None:
    (tmp_path / "stop").touch()
    found = outcomes([assign({"a": "work"})])
    assert found["a"].state is RunState.INTERRUPTED
    assert not Store(tmp_path / ".sweeps").run("a").journal.exists()


def test_an_edit_after_the_plan_stops_what_has_not_begun(assign: Assign) -> None:
    assignment = assign({"a": "work"})
    members = tuple(replace(member, code="another") for member in assignment.members)
    found = outcomes([replace(assignment, members=members)])
    assert found["a"].state is RunState.INTERRUPTED
    assert "edited" in found["a"].reason


class Instant:
    """A pool whose workers take no time."""

    deaths: tuple[type[Exception], ...] = ()
    host: str | None = None

    def width(self) -> int:
        return 2

    def memory(self, workers: int) -> float:
        return 1e9 / workers

    def run(self, batch: Sequence[Assignment], width: int) -> Iterator[tuple[int, list[Ran]]]:
        assert width == self.width()
        for number, one in enumerate(batch):
            yield number, [Ran(m.number, Outcome(RunState.FINISHED)) for m in one.members]

    def kill(self) -> None:
        """End what is over."""


def test_the_launcher_takes_no_longer_for_a_run_the_more_there_are(assign: Assign) -> None:
    # A list of what is left, made at the end of each of 30,000, took 5 s.
    many = [assign({"a": "work"})] * 50_000
    began = time.process_time()
    ran = list(execute(many, 2, attempts=2, regroup=regroup, pool=Instant()))
    assert time.process_time() - began < 3
    assert len(ran) == len(many)
