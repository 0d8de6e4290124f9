"""The fold: a run interrupted anywhere and resumed has the record of one never interrupted."""

import math

from hypothesis import given
from hypothesis import strategies as st

from sweeps.records import Artifact, Checkpoint, Ended, Metrics, Record, Restored, Started, Summary
from sweeps.replay import Point, RunRecord, replay
from sweeps.state import Outcome, RunState

FINISHED = Outcome(RunState.FINISHED, 0.5)


def values(record: RunRecord) -> dict[str, dict[int, float]]:
    return {key: {s: p.value for s, p in curve.items()} for key, curve in record.curves.items()}


def step_of(time_ms: int, step: int) -> Metrics:
    return Metrics(time_ms, step, {"loss": 1 / step, "accuracy": step / 99})


@st.composite
def interrupted_runs(draw: st.DrawFn) -> tuple[int, list[Record]]:
    """A run of some steps that dies and goes on from its last checkpoint, several times."""
    last = draw(st.integers(1, 12))
    clock, done, saved = 0, 0, 0
    records: list[Record] = [Started(clock, 1, "h")]
    for _ in range(draw(st.integers(0, 4))):
        dies_at = draw(st.integers(done, last))
        for step in range(done + 1, dies_at + 1):
            clock += 1
            records.append(step_of(clock, step))
            if draw(st.booleans()):
                saved = step
                records.append(Checkpoint(clock, step, f"step-{step}", "sha"))
        clock += draw(st.integers(-50, 50))
        records.append(Started(clock, 2, "h"))
        if saved:
            records.append(Restored(clock, saved))
        done = saved
    records += [step_of(clock + step, step) for step in range(done + 1, last + 1)]
    records += [Summary(clock, {"test": 0.9}), Ended(clock, FINISHED)]
    return last, records


@given(interrupted_runs())
def test_no_point_is_doubled_missing_or_altered(run: tuple[int, list[Record]]) -> None:
    last, records = run
    uninterrupted: list[Record] = [Started(0, 1, "h"), *(step_of(s, s) for s in range(1, last + 1))]
    uninterrupted += [Summary(99, {"test": 0.9}), Ended(99, FINISHED)]
    record = RunRecord()
    delivered = [point for each in records for point in record.apply(each)]
    assert values(record) == values(replay(uninterrupted))
    assert len(delivered) == len({(p.key, p.step) for p in delivered}) == 2 * last + 1
    assert {p for curve in record.curves.values() for p in curve.values()} <= set(delivered)
    assert not record.revised
    times = [point.time_ms for point in delivered]
    assert times == sorted(times)


@given(interrupted_runs())
def test_delivering_again_gives_the_same_points(run: tuple[int, list[Record]]) -> None:
    _, records = run
    one, two = RunRecord(), RunRecord()
    first = [point for each in records for point in one.apply(each)]
    assert first == [point for each in records for point in two.apply(each)]


def test_a_point_that_comes_again_keeps_its_time_even_if_it_is_nan() -> None:
    record = replay([Started(0, 1, "h"), Metrics(1, 1, {"a": math.nan}), Started(5, 1, "h")])
    assert record.apply(Metrics(6, 1, {"a": math.nan})) == ()
    assert record.curves["a"][1].time_ms == 1


def test_a_later_attempts_other_value_holds_and_is_named() -> None:
    record = replay([Started(0, 1, "h"), Metrics(1, 1, {"a": 1.0, "b": 1.0}), Started(5, 1, "h")])
    assert record.apply(Metrics(6, 1, {"a": 2.0, "b": 1.0})) == (Point("a", 1, 6, 2.0),)
    assert values(record) == {"a": {1: 2.0}, "b": {1: 1.0}}
    assert record.revised == {("a", 1)}


def test_a_finished_run_forgets_what_only_abandoned_attempts_recorded() -> None:
    lost: list[Record] = [
        Started(0, 1, "h"),
        Metrics(1, 1, {"a": 1.0}),
        Metrics(2, 2, {"a": 2.0, "gone": 0.0}),
        Summary(3, {"score": 1.0, "old": 1.0}),
        Artifact(3, "a.txt", "a"),
        Artifact(3, "old.txt", "o"),
        Started(4, 1, "h"),
        Metrics(5, 1, {"a": 1.0}),
        Summary(6, {"score": 1.0}),
        Artifact(6, "a.txt", "a"),
    ]
    record = replay(lost)
    assert values(record) == {"a": {1: 1.0, 2: 2.0}, "gone": {2: 0.0}}  # it may still come to them
    record.apply(Ended(7, FINISHED))
    assert values(record) == {"a": {1: 1.0}}
    assert set(record.summary) == {"score"}
    assert set(record.artifacts) == {"a.txt"}


def test_what_was_recorded_once_before_a_checkpoint_stays() -> None:
    record = replay(
        [
            Started(0, 1, "h"),
            Summary(1, {"parameters": 50.0}),
            Checkpoint(2, 1, "one", "sha"),
            Started(3, 1, "h"),
            Restored(3, 1),
            Ended(4, FINISHED),
        ]
    )
    assert record.summary["parameters"].value == 50.0
    assert record.restored_step == 1


def test_the_last_two_checkpoints_are_kept_newest_first() -> None:
    saved = [Checkpoint(s, s, f"{s}", "sha") for s in (1, 2, 3)]
    assert replay(saved).checkpoints == (saved[2], saved[1])
    again = Checkpoint(9, 2, "2", "other")
    assert replay([*saved, again]).checkpoints == (again, saved[2])


def test_states() -> None:
    assert RunRecord().state(held=False) is RunState.WAITING
    record = replay([Started(0, 1, "h")])
    assert record.state(held=True) is RunState.RUNNING
    assert record.state(held=False) is RunState.INTERRUPTED
    record.apply(Ended(1, Outcome(RunState.FAILED, reason="NaN")))
    assert record.state(held=False) is RunState.FAILED
    record.apply(Started(2, 1, "h"))
    assert record.state(held=True) is RunState.RUNNING
    record.apply(Ended(1, FINISHED))
    assert (record.began_ms, record.attempts) == (0, 2)
    assert record.ended_ms == 2  # though the clock stepped back
