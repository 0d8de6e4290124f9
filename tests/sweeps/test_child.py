"""A run's points are in the store once each, whatever happened to journal, cursor and writer."""

import math
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlflow import MlflowClient

from sweeps.child import Child
from sweeps.cursor import cursor_path
from sweeps.journal import JournalWriter
from sweeps.records import Definition, Ended, Left, Metrics, Restored, Started, Summary
from sweeps.state import Outcome, RunState
from sweeps.store import Store
from sweeps.tracking import Tracking
from sweeps.watch import Followed

EXPERIMENT = "children"
LAST = 10
LARGEST = 1.7976931348623157e308  # what databases have for infinity
numbers = count()


def value(step: int) -> float:
    """Bit for bit the same in each attempt."""
    return {3: math.nan, 6: math.inf}.get(step, 1 / step)


def as_stored(step: int) -> object:
    return "nan" if step == 3 else min(value(step), LARGEST)


@dataclass(frozen=True)
class Attempt:
    """How far it goes back and on, after which steps of it the writer comes, and how it ends."""

    back: int
    steps: int
    delivered_after: frozenset[int]
    writer: str
    lost_bytes: int


attempts = st.lists(
    st.builds(
        Attempt,
        back=st.integers(0, 3),
        steps=st.integers(1, 3),
        delivered_after=st.frozensets(st.integers(1, 3)),
        writer=st.sampled_from(["goes on", "starts again", "lost its cursor", "has an older one"]),
        lost_bytes=st.sampled_from([0, 0, 1, 150, 700]),
    ),
    max_size=3,
)


class Writing:
    """A run whose journal grows, and the process that delivers it."""

    def __init__(self, folder: Path, tracking: Tracking) -> None:
        self.identity = f"run-{next(numbers)}"
        self.folder = Store(folder).run(self.identity)
        self.cursor = cursor_path(self.folder.folder, tracking.uri, EXPERIMENT)
        self.older = folder / "older"
        self.tracking = tracking
        self.clock = 1_700_000_000_000
        self.times: dict[int, set[int]] = {}
        self.start()

    def start(self) -> None:
        self.followed = Followed(self.folder)
        self.child = Child(self.followed, self.cursor)

    def deliver(self) -> None:
        news = self.followed.poll()
        if news is not None:
            self.child.take(news)
            self.child.deliver(self.tracking, "sweep", "parent")

    def now(self) -> int:
        self.clock += 1000
        return self.clock

    def attempt(self, told: Attempt) -> None:
        if told.writer == "has an older one" and self.cursor.exists():
            shutil.copy(self.cursor, self.older)
        start = max(self.reached() - told.back, 0)
        with self.folder.writer() as journal:
            self.log(journal, start, start + told.steps, told.delivered_after)
        if told.lost_bytes:
            content = self.folder.journal.read_bytes()
            self.folder.journal.write_bytes(content[: -told.lost_bytes])
        if told.writer != "goes on":
            if told.writer == "lost its cursor":
                self.cursor.unlink(missing_ok=True)
            elif told.writer == "has an older one" and self.older.exists():
                shutil.copy(self.older, self.cursor)
            self.start()

    def finish(self) -> None:
        with self.folder.writer() as journal:
            self.log(journal, max(self.reached() - 1, 0), LAST, frozenset({2}))
            journal.append(
                Summary(self.now(), {"test_loss": math.nan}),
                Ended(self.now(), Outcome(RunState.FINISHED, value=0.5, step=LAST)),
            )
        self.deliver()

    def reached(self) -> int:
        return max([0, *self.folder.record().curves.get("loss", {})])

    def log(
        self,
        journal: JournalWriter,
        start: int,
        last: int,
        delivered_after: Collection[int],
        launch: str = "",
    ) -> None:
        """Make an attempt from a checkpoint after `start` steps to `last`."""
        journal.append(
            Definition(self.identity, "task", "sweep", "tanh", params={"activation": "tanh"}),
            Started(self.now(), pid=1, host="here", launch=launch),
        )
        if start > 0:
            journal.append(Restored(self.now(), start))
        for step in range(start + 1, last + 1):
            now = self.now()
            self.times.setdefault(step, set()).add(now)
            journal.append(Metrics(now, step, {"loss": value(step), "l@ss": -step}))
            if step - start in delivered_after:
                self.deliver()


@pytest.fixture(scope="module")
def tracking(mlflow_uri: str) -> Tracking:
    return Tracking(mlflow_uri, EXPERIMENT)


@settings(max_examples=20)
@given(made=attempts)
def test_each_point_is_there_once_with_a_time_at_which_it_was_recorded(
    tmp_path_factory: pytest.TempPathFactory, tracking: Tracking, made: list[Attempt]
) -> None:
    run = Writing(tmp_path_factory.mktemp("run"), tracking)
    for one in made:
        run.attempt(one)
    run.finish()
    for _ in range(2):
        found = history(run, "loss")
        assert [(step, value_) for step, _, value_ in found] == [
            (step, as_stored(step)) for step in range(1, LAST + 1)
        ]
        assert all(time_ms in run.times[step] for step, time_ms, _ in found)
        if not any(one.lost_bytes for one in made):
            curve = run.folder.record().curves["loss"]
            assert [time_ms for _, time_ms, _ in found] == [
                curve[step].time_ms for step in range(1, LAST + 1)
            ]
        assert [value_ for _, _, value_ in history(run, "l_ss")] == [
            -step for step in range(1, LAST + 1)
        ]
        assert [value_ for _, _, value_ in history(run, "test_loss")] == ["nan"]
        # Once more, by a writer that knows nothing.
        run.cursor.unlink()
        run.start()
        run.deliver()


def test_a_run_that_the_user_renamed_and_tagged_is_found_again(
    tmp_path: Path, tracking: Tracking
) -> None:
    run = Writing(tmp_path, tracking)
    run.attempt(Attempt(0, 2, frozenset({1}), "lost its cursor", 0))
    client = MlflowClient(tracking.uri)
    run_id = the_run(run).info.run_id
    client.update_run(run_id, name="my favourite")
    client.set_tag(run_id, "paper", "figure 2")
    client.set_tag(run_id, "mlflow.note.content", "keep this one")
    run.finish()
    found = the_run(run)
    assert found.info.run_id == run_id
    assert found.info.run_name == "my favourite"
    assert found.data.tags["paper"] == "figure 2"
    assert found.data.tags["mlflow.note.content"] == "keep this one"
    assert found.info.status == "FINISHED"
    assert len(history(run, "loss")) == LAST


def test_to_go_on_in_another_stack_is_no_further_attempt(
    tmp_path: Path, tracking: Tracking
) -> None:
    run = Writing(tmp_path, tracking)
    for launch, attempts in (("a", "1"), ("a", "1"), ("b", "2")):
        with run.folder.writer() as journal:
            run.log(journal, run.reached(), run.reached() + 1, (), launch)
            journal.append(Left(run.now()))
        run.deliver()
        assert the_run(run).data.tags["sweeps.attempts"] == attempts


def the_run(run: Writing) -> Any:
    (found,) = MlflowClient(run.tracking.uri).search_runs(
        [run.tracking.experiment_id], f"tags.`sweeps.identity` = '{run.identity}'"
    )
    return found


def history(run: Writing, key: str) -> list[tuple[int, int, object]]:
    run_id = the_run(run).info.run_id
    points = MlflowClient(run.tracking.uri).get_metric_history(run_id, key)
    return sorted(
        (one.step, one.timestamp, "nan" if math.isnan(one.value) else one.value) for one in points
    )
