"""What is left to train, in which stacks and order, and what is fetched for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sweeps.errors import PlanError
from sweeps.packing import Room
from sweeps.plan import Decision, Planned, prepare, stack
from sweeps.task import InputError, Task

MakeSweep = Callable[..., Any]


def _planned(make_sweep: MakeSweep, count: int, seeds: int = 1) -> list[Planned]:
    grid = [{"x": f"x{n}", "seed": str(seed)} for n in range(count) for seed in range(seeds)]
    planned: list[Planned] = list(make_sweep(grid).plan.planned)
    return planned


def _as(
    one: Planned, decision: Decision, step: int | None = None, key: str | None = "k"
) -> Planned:
    return replace(one, decision=decision, step=step, job=replace(one.job, stack_key=key))


def _numbers(planned: list[Planned], workers: int) -> list[list[int]]:
    return [[job.number for job in jobs] for jobs in stack(planned, workers, Room(32))]


def test_only_what_is_to_run_is_stacked(make_sweep: MakeSweep) -> None:
    decisions = [Decision.TRAIN, Decision.REUSE, Decision.RESUME, Decision.LEAVE]
    planned = [
        _as(one, decision, key=None)
        for one, decision in zip(_planned(make_sweep, 4), decisions, strict=True)
    ]
    assert _numbers(planned, 1) == [[0], [2]]


def test_runs_at_different_steps_share_no_stack(make_sweep: MakeSweep) -> None:
    steps = [None, 3, 3, 5, None]
    planned = [
        _as(one, Decision.TRAIN if step is None else Decision.RESUME, step)
        for one, step in zip(_planned(make_sweep, 5), steps, strict=True)
    ]
    assert sorted(map(sorted, _numbers(planned, 1))) == [[0, 4], [1, 2], [3]]


def test_a_task_without_stacks_has_one_job_in_each(make_sweep: MakeSweep) -> None:
    planned = [_as(one, Decision.TRAIN, key=None) for one in _planned(make_sweep, 3)]
    assert _numbers(planned, 2) == [[0], [1], [2]]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_seeds_run_slowest(make_sweep: MakeSweep, workers: int) -> None:
    planned = [_as(one, Decision.TRAIN, key=None) for one in _planned(make_sweep, 3, seeds=2)]
    assert [number for (number,) in _numbers(planned, workers)] == [0, 2, 4, 1, 3, 5]


def test_each_set_of_inputs_is_fetched_once_and_only_for_what_runs(make_sweep: MakeSweep) -> None:
    fetched: list[Any] = []
    inputs = [{"a": "1"}, {"a": "1"}, {"a": "2"}, {"a": "3"}]
    planned = [
        replace(one, job=replace(one.job, definition=replace(one.job.definition, inputs=own)))
        for one, own in zip(_planned(make_sweep, 4), inputs, strict=True)
    ]
    planned[3] = replace(planned[3], decision=Decision.REUSE)
    prepare(Task(prepare=lambda settings: fetched.append(settings["x"])), planned)
    assert fetched == ["x0", "x2"]


def test_what_is_not_to_be_had_is_told_in_the_tasks_words(make_sweep: MakeSweep) -> None:
    def refuse(_: object) -> None:
        msg = "no data: nothing was tried"
        raise InputError(msg)

    with pytest.raises(PlanError, match="no data: nothing was tried"):
        prepare(Task(prepare=refuse), _planned(make_sweep, 1))


def test_decisions_are_counted(make_sweep: MakeSweep) -> None:
    plan = make_sweep([{"x": "1"}, {"x": "2"}]).plan
    assert (plan.count(Decision.TRAIN), plan.count(Decision.REUSE)) == (2, 0)
