"""From a journal's records to how the run stands: a fold, with no files and no clock.

A resumed attempt computes again the steps between its checkpoint and the point where the last
attempt died, and in general gives the same values bit for bit. A point that comes again with
its value is the same point: it keeps the time at which it was first recorded, so that whoever
delivers points finds nothing new. If the value differs (a task that isn't deterministic, or was
retried from nothing under other libraries), the later attempt's holds, as it is the one that
the final weights come from, and the point is listed as revised. When a run finishes, what only
abandoned attempts recorded is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sweeps.records import (
    Artifact,
    Checkpoint,
    Definition,
    Ended,
    Left,
    Metrics,
    Record,
    Restored,
    Started,
    Summary,
)
from sweeps.state import Outcome, RunState

_KEPT_CHECKPOINTS = 2


class Point(NamedTuple):
    """One value of a metric; `step` is 0 for a metric that a run has once."""

    key: str
    step: int
    time_ms: int
    value: float


class RunRecord:
    """How a run stands after the records applied so far."""

    def __init__(self) -> None:
        self.definition: Definition | None = None
        self.started: Started | None = None
        self.attempts = 0
        # Whether it waits to go on in another stack, and how often it did go on in one.
        self.left = False
        self.repackings = 0
        self.began_ms: int | None = None
        self.ended_ms: int | None = None
        self.restored_step: int | None = None
        self.curves: dict[str, dict[int, Point]] = {}
        self.summary: dict[str, Point] = {}
        self.artifacts: dict[str, Artifact] = {}
        self.checkpoints: tuple[Checkpoint, ...] = ()
        self.outcome: Outcome | None = None
        self.revised: set[tuple[str, int]] = set()
        # Which attempt last recorded or restored a thing, by its kind and name.
        self._attempt_of: dict[tuple[str, str] | tuple[str, str, int], int] = {}
        self._latest_ms = 0

    def apply(self, record: Record) -> tuple[Point, ...]:
        """Take in the next record; return the points that it adds or revises, in order.

        Times never run backwards, even if the clock did: an earlier one is given as the latest
        so far.
        """
        match record:
            case Definition():
                self.definition = record
            case Started():
                self._start(record)
            case Restored():
                self._restore(record.step)
            case Metrics():
                return self._measure(record)
            case Summary():
                return self._summarise(record)
            case Checkpoint():
                others = (c for c in self.checkpoints if c.file != record.file)
                self.checkpoints = (record, *others)[:_KEPT_CHECKPOINTS]
            case Artifact():
                self.artifacts[record.name] = record
                self._attempt_of["artifact", record.name] = self.attempts
            case Left() | Ended():
                self._end(record)
        return ()

    def state(self, *, held: bool) -> RunState:
        """Say how the run stands, given whether a living process holds its lock."""
        if self.outcome is not None:
            return self.outcome.state
        if held:
            return RunState.RUNNING
        return RunState.WAITING if self.started is None else RunState.INTERRUPTED

    def _start(self, record: Started) -> None:
        if self.left and self.started is not None and self.started.launch == record.launch:
            self.repackings += 1
        self.started = record
        self.attempts += 1
        self.left = False
        self.outcome = self.ended_ms = self.restored_step = None
        time_ms = self._no_earlier(record.time_ms)
        if self.began_ms is None:
            self.began_ms = time_ms

    def _end(self, record: Left | Ended) -> None:
        if isinstance(record, Left):
            self.left = True
            return
        self.outcome = record.outcome
        self.ended_ms = self._no_earlier(record.time_ms)
        if record.outcome.state is RunState.FINISHED:
            self._drop_abandoned()

    def _restore(self, step: int) -> None:
        """Make what led to the checkpoint this attempt's own."""
        self.restored_step = step
        for curve in self.curves.values():
            for point in curve.values():
                if point.step <= step:
                    self._attempt_of["curve", point.key, point.step] = self.attempts
        # These have no step to go by; what an attempt recorded once, a resumed one may not again.
        for key in self._attempt_of:
            if key[0] != "curve":
                self._attempt_of[key] = self.attempts

    def _measure(self, record: Metrics) -> tuple[Point, ...]:
        time_ms = self._no_earlier(record.time_ms)
        new = []
        for key, value in record.values.items():
            point = Point(key, record.step, time_ms, value)
            curve = self.curves.setdefault(key, {})
            earlier = curve.get(record.step)
            self._attempt_of["curve", key, record.step] = self.attempts
            if earlier is not None and _same(earlier.value, value):
                continue
            if earlier is not None:
                self.revised.add((key, record.step))
            curve[record.step] = point
            new.append(point)
        return tuple(new)

    def _summarise(self, record: Summary) -> tuple[Point, ...]:
        time_ms = self._no_earlier(record.time_ms)
        new = []
        for key, value in record.values.items():
            earlier = self.summary.get(key)
            self._attempt_of["summary", key] = self.attempts
            if earlier is None or not _same(earlier.value, value):
                self.summary[key] = Point(key, 0, time_ms, value)
                new.append(self.summary[key])
        return tuple(new)

    def _drop_abandoned(self) -> None:
        """Forget what the finished attempt neither recorded nor restored."""
        for key, attempt in list(self._attempt_of.items()):
            if attempt == self.attempts:
                continue
            del self._attempt_of[key]
            match key:
                case ("curve", name, step):
                    del self.curves[name][step]
                    if not self.curves[name]:
                        del self.curves[name]
                case ("summary", name):
                    del self.summary[name]
                case ("artifact", name):
                    del self.artifacts[name]

    def _no_earlier(self, time_ms: int) -> int:
        self._latest_ms = max(self._latest_ms, time_ms)
        return self._latest_ms


def replay(records: Iterable[Record]) -> RunRecord:
    """Fold records, in their order, to how the run stands."""
    record = RunRecord()
    for each in records:
        record.apply(each)
    return record


def _same(a: float, b: float) -> bool:
    # NaN is the same point as NaN, though not equal to it.
    return a == b or (a != a and b != b)  # noqa: PLR0124
