"""One run of a sweep as MLflow's child run: delivers what the store doesn't have of it yet."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Container
from contextlib import ExitStack
from pathlib import Path

from sweeps.cursor import Cursor
from sweeps.logs import log_of
from sweeps.records import Definition
from sweeps.replay import Point, RunRecord
from sweeps.state import Outcome, RunState
from sweeps.tags import (
    IDENTITY_TAG,
    KIND_TAG,
    PARENT_TAG,
    RUN_KIND,
    SWEEP_KIND,
    SWEEP_TAG,
    sha256s,
    tags_of,
)
from sweeps.tracking import Tracking, long_params
from sweeps.turns import turn
from sweeps.value import metrics
from sweeps.watch import Followed, News

# A run that ends sooner is delivered whole, without its beginning first.
_YOUNG_SECONDS = 2.0


class Child:
    """Delivers one run. What it was told and has not delivered waits in it, or in the journal."""

    def __init__(self, followed: Followed, path: Path) -> None:
        """`path` is that of the cursor."""
        self._followed = followed
        self._path = path
        self._cursor: Cursor | None = None
        self._news: list[News] = []
        self._pending: list[Point] = []
        self._tags: dict[str, str] = {}
        """Delivered by this object; the store may have more."""
        self._found = False
        # Whether the store may have points of which this process knows nothing: the journal lost
        # them in a crash, say, and the resumed run makes them again, at another time.
        self._unsure = False
        self._deleted: bool = False
        self._seen = math.inf

    @property
    def identity(self) -> str:
        return self._followed.identity

    @property
    def is_deleted(self) -> bool:
        """Whether the user deleted it in the store, as far as this has looked."""
        return self._deleted

    @property
    def is_young(self) -> bool:
        """Whether it began a moment ago, and may as well be delivered once it has ended."""
        young = time.monotonic() - self._seen < _YOUNG_SECONDS
        return young and not self._found and self._followed.record.outcome is None

    @property
    def can_wait(self) -> bool:
        """Whether the store has all of it but some points, and more are to come."""
        cursor, record = self._cursor, self._followed.record
        return (
            self._found
            and cursor is not None
            and cursor.attempts == record.attempts
            and record.outcome is None
        )

    def take(self, news: News) -> None:
        """Take in what the journal gained."""
        self._seen = min(self._seen, time.monotonic())
        self._news.append(news)

    def is_delivered(self, place: str, sweep: str) -> bool:
        """Whether a run that has ended is all there, by its cursor and without reading it."""
        cursor = Cursor.load(self._path, place)
        size = self._followed.journal_size()
        return size == 0 or (size == cursor.ended_size and sweep in cursor.sweeps)

    def is_behind(self) -> bool:
        """Whether the journal has more than its cursor says, which needs no store."""
        if self._deleted:
            return False
        cursor = self._cursor or Cursor.last(self._path)
        return self._followed.journal_size() != cursor.ended_size

    def read_on(self) -> None:
        """Take in what the journal gained, for a run that no watcher looks at."""
        news = self._followed.poll()
        if news is not None:
            self.take(news)

    @property
    def is_new(self) -> bool:
        """Whether it is yet to be found in the store, or made there."""
        return not self._found

    def deliver(
        self,
        tracking: Tracking,
        sweep: str,
        parent: str,
        present: Container[str] | None = None,
    ) -> None:
        """Bring the store up to date. After an error the same call goes on where it stopped.

        `present` has the identities of the runs that the store has, if they have been listed.
        """
        cursor = self._cursor
        if cursor is None:
            cursor = self._cursor = Cursor.load(self._path, tracking.place)
            self._unsure = bool(cursor.run_id)
        self._sort_news(cursor)
        definition = self._followed.record.definition
        if definition is None or self._followed.record.started is None or self._deleted:
            return
        try:
            with ExitStack() as until_saved:
                if not self._found:
                    until_saved.enter_context(turn(self._followed.folder.root))
                    self._find(tracking, cursor, definition, sweep, parent, present)
                if not self._deleted:
                    self._bring(tracking, cursor, definition, sweep, parent)
                    cursor.save(self._path)
        except BaseException:
            self._found = False  # the user may have deleted it meanwhile: look again
            raise

    def _bring(
        self, tracking: Tracking, cursor: Cursor, definition: Definition, sweep: str, parent: str
    ) -> None:
        """Bring what the store's run doesn't have yet, in as few calls as can be."""
        record = self._followed.record
        ending = record.outcome is not None and cursor.ended_size != self._followed.size
        tags = self._new_tags(cursor, record, sweep, parent, ending=ending)
        last = _last_points(record) if ending else []
        points = [*self._pending, *last]
        if self._unsure:
            points = tracking.unknown(cursor.run_id, points)
        params = definition.params if cursor.attempts == 0 else {}
        # In one call: each costs MLflow 4 ms.
        tracking.log(cursor.run_id, points=points, params=params, tags=tags)
        self._begin_attempt(tracking, cursor, record, definition)
        self._tags |= tags
        if sweep not in cursor.sweeps:
            cursor.sweeps.append(sweep)
        cursor.advance(self._pending)
        self._pending = []
        self._keep_files(tracking, cursor, record)
        if record.outcome is not None and ending:
            self._end(tracking, cursor, record, record.outcome)
            cursor.ended_size = self._followed.size
            self._followed.release()

    def interrupt(self, tracking: Tracking) -> None:
        """Show a run that ended without a word as interrupted, at the time of its last one."""
        record, cursor = self._followed.record, self._cursor
        if cursor is not None and cursor.run_id and record.started and record.outcome is None:
            tracking.end(cursor.run_id, RunState.INTERRUPTED, _latest_ms(record))
            if not self._pending and not self._news:
                # That is all there is, until another attempt makes the journal longer.
                cursor.ended_size = self._followed.size
            cursor.save(self._path)

    def _sort_news(self, cursor: Cursor) -> None:
        for news in self._news:
            if news.first == 0:
                self._unsure |= cursor.points > 0
                self._pending = list(cursor.after(news.points))
            else:
                self._pending += news.points
        self._news = []

    def _find(
        self,
        tracking: Tracking,
        cursor: Cursor,
        definition: Definition,
        sweep: str,
        parent: str,
        present: Container[str] | None,
    ) -> None:
        """Find the run in the store, or create it, unless the user deleted it: it stays so."""
        identity = {IDENTITY_TAG: self.identity, KIND_TAG: RUN_KIND}
        found = tracking.find(identity) if self._may_be_there(cursor, present) else None
        if found is None:
            origin, first_parent = _origin(tracking, definition, sweep, parent)
            record = self._followed.record
            # All that is known by now: each further call costs MLflow 4 ms.
            self._tags = tags_of(record)
            tags = identity | {PARENT_TAG: first_parent, SWEEP_TAG: origin} | self._tags
            run_id = tracking.create(definition.name, record.began_ms or 0, tags)
            self._start_over(cursor, run_id, origin)
        elif not found.deleted and found.run_id != cursor.run_id:
            self._start_over(cursor, found.run_id, found.tags.get(SWEEP_TAG, sweep))
            self._unsure = True
        self._deleted = found is not None and found.deleted
        self._found = not self._deleted

    def _may_be_there(self, cursor: Cursor, present: Container[str] | None) -> bool:
        """Whether the store may have the run, of which another launch here would have a cursor."""
        if present is None or self.identity in present:
            return True
        return bool(cursor.run_id or Cursor.load(self._path, cursor.place).run_id)

    def _start_over(self, cursor: Cursor, run_id: str, origin: str) -> None:
        vars(cursor).update(vars(Cursor(cursor.place, run_id, sweeps=[origin])))
        if len(self._pending) < self._followed.points:
            self._pending = list(self._followed.reread().points)

    def _new_tags(
        self, cursor: Cursor, record: RunRecord, sweep: str, parent: str, *, ending: bool
    ) -> dict[str, str]:
        """Give the tags that the store doesn't have: of an attempt, of its end, of this sweep."""
        tags = {}
        if ending or cursor.attempts != record.attempts:
            now = tags_of(record)
            tags = {key: value for key, value in now.items() if self._tags.get(key) != value}
        if sweep not in cursor.sweeps:
            tags[f"sweeps.used_by.{sweep}"] = parent
        return tags

    def _begin_attempt(
        self, tracking: Tracking, cursor: Cursor, record: RunRecord, definition: Definition
    ) -> None:
        """Deliver what the first attempt begins with beside params, and that another has begun."""
        if cursor.attempts == 0:
            cut = long_params(definition.params)
            if cut:
                text = json.dumps(cut, indent=2, ensure_ascii=False)
                tracking.log_text(cursor.run_id, text, "long_params.json")
            tracking.log_datasets(cursor.run_id, sha256s(definition.inputs))
        elif cursor.attempts != record.attempts and record.outcome is None:
            tracking.resume(cursor.run_id)
        cursor.attempts = record.attempts

    def _keep_files(self, tracking: Tracking, cursor: Cursor, record: RunRecord) -> None:
        for name, artifact in record.artifacts.items():
            if cursor.artifacts.get(name) != artifact.time_ms:
                path = self._followed.folder.artifacts / artifact.file
                if path.is_file():
                    tracking.log_artifact(cursor.run_id, path, name)
                cursor.artifacts[name] = artifact.time_ms

    def _end(self, tracking: Tracking, cursor: Cursor, record: RunRecord, outcome: Outcome) -> None:
        run_id, ended_ms = cursor.run_id, record.ended_ms or _latest_ms(record)
        log = log_of(self._followed.folder, record)
        if log is not None:
            # To that of a run that did not finish, another attempt may add.
            is_whole = outcome.state is RunState.FINISHED
            keep = tracking.log_artifact if is_whole else tracking.log_file
            keep(run_id, log, log.name)
        tracking.end(run_id, outcome.state, ended_ms)


def _last_points(record: RunRecord) -> list[Point]:
    """Give what the outcome adds to the metrics that the run itself recorded."""
    if record.outcome is None:
        return []
    ended_ms = record.ended_ms or _latest_ms(record)
    return [
        Point(name, 0, ended_ms, number)
        for name, number in metrics(record.outcome.value).items()
        if name not in record.summary
    ]


def _origin(tracking: Tracking, definition: Definition, sweep: str, parent: str) -> tuple[str, str]:
    """Give the key and the run_id of the sweep that first trained a run, if the store has it."""
    if definition.sweep == sweep:
        return sweep, parent
    other = tracking.find({SWEEP_TAG: definition.sweep, KIND_TAG: SWEEP_KIND})
    if other is None or other.deleted:
        return sweep, parent
    return definition.sweep, other.run_id


def _latest_ms(record: RunRecord) -> int:
    points = [point for curve in record.curves.values() for point in curve.values()]
    points += record.summary.values()
    return max([record.began_ms or 0, *(point.time_ms for point in points)])
