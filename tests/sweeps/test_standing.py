"""The numbers of the display: who works on what, what is best, how long it still takes."""

import time
from dataclasses import replace
from typing import Any

import pytest

from sweeps import standing as module
from sweeps.plan import Decision
from sweeps.records import Left, Restored
from sweeps.standing import Standing
from sweeps.state import RunState
from sweeps.task import Task


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock of seconds that the test winds."""
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def now_ms(seconds_ago: float = 0.0) -> int:
    return int((time.time() - seconds_ago) * 1000)


def test_members_of_a_stack_share_a_line(three: Any) -> None:
    standing = Standing(three.plan, three.store)
    three.write("tanh", *three.begin("tanh", now_ms(10), pid=1), *three.curves(1, 20))
    three.write("sigmoid", *three.begin("sigmoid", now_ms(10), pid=1), *three.curves(1, 19))
    three.write("relu", *three.begin("relu", now_ms(10), pid=2))
    standing.update()
    stack, alone = standing.busy()
    assert (stack.names, stack.step, stack.steps) == (("tanh", "sigmoid"), 19, 100)
    assert stack.rate == pytest.approx(1.9, rel=0.1)
    assert (alone.names, alone.step, alone.rate) == (("relu",), 0, None)
    assert standing.count(RunState.RUNNING) == 3
    assert standing.count(RunState.WAITING) == 0


def test_a_run_that_left_its_stack_waits_until_it_goes_on(three: Any) -> None:
    standing = Standing(three.plan, three.store)
    three.write("tanh", *three.begin("tanh", now_ms(9), pid=1), *three.curves(1, 8), Left(now_ms()))
    three.write("relu", *three.begin("relu", now_ms(9), pid=1), *three.curves(1, 3))
    standing.update()
    assert [worker.names for worker in standing.busy()] == [("relu",)]
    assert (standing.count(RunState.RUNNING), standing.count(RunState.WAITING)) == (1, 2)
    three.write("tanh", *three.begin("tanh", now_ms(), pid=2), Restored(now_ms(), 8))
    standing.update()
    assert [worker.names for worker in standing.busy()] == [("tanh",), ("relu",)]
    assert (standing.count(RunState.RUNNING), standing.count(RunState.WAITING)) == (2, 1)


def test_an_ended_run_is_told_once_and_the_best_value_kept(three: Any) -> None:
    standing = Standing(three.plan, three.store)
    three.write("tanh", *three.begin("tanh"), *three.finish(3, 0.4))
    three.write("relu", *three.begin("relu"), *three.finish(3, 0.2))
    three.write("sigmoid", *three.begin("sigmoid"), *three.fail(2, "no"))
    assert {run.job.definition.name for run in standing.update()} == {"tanh", "relu", "sigmoid"}
    assert standing.update() == []
    assert standing.best is not None
    assert (standing.best.name, standing.best.value) == ("relu", 0.2)
    assert [standing.count(state) for state in (RunState.FINISHED, RunState.FAILED)] == [2, 1]
    assert standing.ended == 3


def test_what_earlier_launches_did_is_neither_running_nor_ended(three: Any) -> None:
    three.write("tanh", *three.begin("tanh"), *three.curves(1, 9))  # killed long ago
    three.write("relu", *three.begin("relu"), *three.fail(2, "no"))
    standing = Standing(three.plan, three.store)
    assert standing.update() == []
    assert standing.count(RunState.WAITING) == 3
    assert list(standing.busy()) == []
    three.write("relu", *three.begin("relu"), *three.finish(3, 0.2))
    assert [run.job.definition.name for run in standing.update()] == ["relu"]


def test_a_run_tried_again_in_this_launch_is_running_again(three: Any) -> None:
    standing = Standing(three.plan, three.store)
    three.write("tanh", *three.begin("tanh"), *three.fail(2, "killed"))
    standing.update()
    three.write("tanh", *three.begin("tanh"), *three.curves(3, 4))
    standing.update()
    assert standing.count(RunState.RUNNING) == 1
    assert standing.count(RunState.FAILED) == 0
    three.write("tanh", *three.finish(5, 0.1))
    assert len(standing.update()) == 1
    assert standing.count(RunState.FINISHED) == 1


def test_time_left_is_what_is_left_at_the_pace_so_far(three: Any, clock: list[float]) -> None:
    standing = Standing(three.plan, three.store)
    assert standing.seconds_left() is None
    three.write("tanh", *three.begin("tanh"))
    standing.update()
    clock[0] += 10
    three.write("tanh", *three.curves(1, 50))
    standing.update()
    assert standing.seconds_left() == pytest.approx(250 / 5)


def test_runs_that_stop_early_shorten_the_time_left(three: Any, clock: list[float]) -> None:
    standing = Standing(three.plan, three.store)
    three.write("tanh", *three.begin("tanh"))
    standing.update()
    clock[0] += 10
    three.write("tanh", *three.curves(1, 20), *three.finish(20, 0.1))
    standing.update()
    assert standing.seconds_left() == pytest.approx(2 * 20 / 2)


def test_steps_before_the_checkpoint_are_no_work_of_this_launch(
    three: Any, clock: list[float]
) -> None:
    three.write("tanh", *three.begin("tanh"), *three.curves(1, 60))
    standing = Standing(three.plan, three.store)
    three.write("tanh", *three.begin("tanh"), Restored(now_ms(), 60))
    standing.update()
    clock[0] += 10
    three.write("tanh", *three.curves(61, 80))
    standing.update()
    assert standing.seconds_left() == pytest.approx((20 + 100 + 100) / 2)


def test_without_steps_whole_runs_are_counted(make_sweep: Any, clock: list[float]) -> None:
    made = make_sweep([{"x": "1"}, {"x": "2"}, {"x": "3"}], task=Task())
    jobs = [replace(job, steps=None) for job in made.plan.jobs]
    planned = [replace(p, job=j) for p, j in zip(made.plan.planned, jobs, strict=True)]
    stacks = tuple((job,) for job in jobs)
    standing = Standing(replace(made.plan, planned=tuple(planned), stacks=stacks), made.store)
    name = jobs[0].definition.name
    made.write(name, *made.begin(name))
    standing.update()
    clock[0] += 10
    assert standing.seconds_left() is None
    made.write(name, *made.finish(0, 1.0))
    standing.update()
    assert standing.seconds_left() == pytest.approx(20)


def test_reused_runs_are_counted_and_compared(three: Any) -> None:
    for name, value in (("tanh", 0.3), ("sigmoid", 0.1), ("relu", float("nan"))):
        three.write(name, *three.begin(name), *three.finish(3, value))
    standing = Standing(three.decided(Decision.REUSE).plan, three.store)
    standing.update()
    assert (standing.reused, standing.total, standing.ended) == (3, 3, 3)
    assert standing.best is not None
    assert standing.best.name == "sigmoid"


def test_better_may_be_greater(three: Any) -> None:
    jobs = {job.number: replace(job, direction="maximize") for job in three.plan.jobs}
    planned = tuple(replace(one, job=jobs[one.job.number]) for one in three.plan.planned)
    stacks = tuple((job,) for job in jobs.values())
    standing = Standing(replace(three.plan, planned=planned, stacks=stacks), three.store)
    for name, value in (("tanh", 0.3), ("sigmoid", 0.8), ("relu", 0.5)):
        three.write(name, *three.begin(name), *three.finish(3, value))
    standing.update()
    assert standing.best is not None
    assert standing.best.name == "sigmoid"
