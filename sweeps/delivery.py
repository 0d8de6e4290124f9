"""Delivery to MLflow: a thread that brings a launch's journals to the store as they grow.

It is in a process of its own (see `writer`), so that no run waits for it. The journals are the
truth and the store is a copy of them, so whatever goes wrong here is told and tried again, and what
is undelivered at the end is in the journals for the next launch.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sweeps.attempt import now_ms
from sweeps.child import Child
from sweeps.consignment import Consignment
from sweeps.cursor import cursor_path
from sweeps.deleted import deleted
from sweeps.found import StoreAwayError
from sweeps.launches import kept_files, launches, merged
from sweeps.outage import is_outage
from sweeps.parent import Parent
from sweeps.results import Results
from sweeps.state import RunState
from sweeps.tags import IDENTITY_TAG, KIND_TAG, RUN_KIND
from sweeps.tracking import Tracking
from sweeps.turns import turn
from sweeps.watch import Followed, Watcher

_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
# A run's beginning and end are delivered at once, as they must be some time. What its curves gain
# between costs the workers what it takes of a core: a fiftieth, or more if the user sees nothing.
_REST_FOR_WORK = 50.0
_LONGEST_REST_SECONDS = 10.0
# At the end: how often an absent store is tried again, and how long it may be silent.
_LAST_TRIES = 3
_PATIENCE_SECONDS = 60.0
# New runs for which it is worth while to list those that are there, and how many of a list cost as
# much as to ask for one.
_WORTH_A_LIST = 10
_LISTED_AS_ONE_ASKED = 4
# For others may write to the store too.
_LIST_HOLDS_SECONDS = 20.0
# Runs that were finished before, looked at in each round beside those that run now.
_REUSED_AT_ONCE = 50


class Delivery:
    """Delivers the runs of a launch while the context lasts, and what is left when it ends.

    `problem` is a sentence while the store is away, and after the end if something is undelivered;
    else None.
    """

    def __init__(self, consignment: Consignment) -> None:
        self.problem: str | None = None
        self._consignment = consignment
        self._store = consignment.store
        self._launch = consignment.launch
        self._tracking: Tracking | None = None
        self._parent: Parent | None = None
        self._children: dict[str, Child] = {}
        self._watcher = Watcher(())
        self._reused: deque[Child] = deque()
        self._undelivered: dict[str, Child] = {}
        self._points_due = 0.0
        self._listed: frozenset[str] | None = None
        self._list_holds_until = 0.0
        self._stop = threading.Event()
        self._last_sign = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="MLflow writer", daemon=True)

    def __enter__(self) -> Self:
        self._watcher = Watcher(map(self._store.run, self._consignment.begun))
        for one in self._watcher.runs:
            self._children[one.identity] = self._child(one)
        for identity in self._consignment.ended:
            child = self._child(Followed(self._store.run(identity)))
            self._children[identity] = child
            self._reused.append(child)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Deliver the rest, for as long as the store takes it."""
        self._stop.set()
        self._last_sign = time.monotonic()
        while self._thread.is_alive():
            self._thread.join(0.2)
            if time.monotonic() - self._last_sign > _PATIENCE_SECONDS:
                silence = f"no answer for {_PATIENCE_SECONDS:.0f} s"
                self.problem = self._problem(TimeoutError(silence))
                return

    def _child(self, followed: Followed) -> Child:
        path = cursor_path(followed.folder.folder, self._launch.uri, self._launch.experiment)
        return Child(followed, path)

    def _work(self) -> None:
        failures = 0
        if "mlflow" not in sys.modules:
            # To import it takes a second of a core, which the workers' start has more use for.
            self._stop.wait(_PAUSE_SECONDS)
        while not self._stop.is_set():
            began = time.monotonic()
            failures = 0 if self._try(self._round) else failures + 1
            pause = min(_PAUSE_SECONDS * 2**failures, _LONGEST_PAUSE_SECONDS)
            # After a long round there is more to deliver by now.
            self._stop.wait(pause if failures else began + pause - time.monotonic())
        for failures in range(_LAST_TRIES):
            if self._try(self._finish):
                return
            time.sleep(_PAUSE_SECONDS * 2**failures)
        # Not everything is there; of what is, the sweep's own run tells all the same.
        problem = self.problem
        self._try(self._close)
        self.problem = problem

    def _try(self, step: Callable[[], None]) -> bool:
        """Whether `step` went well; if not, `problem` says why."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 (told as `problem`, and tried again)
            self.problem = self._problem(error)
            return False
        self.problem = None
        return True

    def _finish(self) -> None:
        self._round()
        self._close()

    def _round(self) -> None:
        """Deliver what is new, when the sweep is over everything."""
        last = self._stop.is_set()
        tracking, parent = self._connect()
        changed = self._watcher.poll_all() if last else self._watcher.poll()
        for followed, news in changed:
            child = self._children[followed.identity]
            child.take(news)
            self._undelivered[followed.identity] = child
        for _ in range(len(self._reused) if last else min(len(self._reused), _REUSED_AT_ONCE)):
            child = self._reused.popleft()
            if not child.is_delivered(tracking.place, self._launch.sweep):
                child.read_on()
                self._undelivered[child.identity] = child
        points_too = last or time.monotonic() >= self._points_due
        began = time.thread_time()
        self._deliver(
            tracking,
            parent,
            [
                one
                for one in self._undelivered.values()
                if last or not (one.is_young or (one.can_wait and not points_too))
            ],
        )
        if points_too:
            rest = min(_REST_FOR_WORK * (time.thread_time() - began), _LONGEST_REST_SECONDS)
            self._points_due = time.monotonic() + rest
        for fault in self._watcher.faults.values():
            raise fault

    def _connect(self) -> tuple[Tracking, Parent]:
        if self._tracking is None:
            self._tracking = Tracking(self._launch.uri, self._launch.experiment)
        if self._parent is None:
            sweep = self._store.sweep(self._launch.sweep)
            with turn(self._store.root):
                self._parent = Parent(self._tracking, list(launches(sweep)))
        return self._tracking, self._parent

    def _deliver(self, tracking: Tracking, parent: Parent, children: Sequence[Child]) -> None:
        """Deliver each run; a fault of one does not keep the others from it."""
        fault: Exception | None = None
        if children:
            tracking.reach()
        for number, child in enumerate(children):
            present = self._present(tracking, children[number:])
            try:
                child.deliver(tracking, self._launch.sweep, parent.run_id, present)
            except StoreAwayError:
                raise
            except Exception as error:  # noqa: BLE001 (raised below)
                fault = fault or error
                tracking.reach()
            else:
                del self._undelivered[child.identity]
            self._last_sign = time.monotonic()
        if fault is not None:
            raise fault

    def _present(self, tracking: Tracking, children: Sequence[Child]) -> frozenset[str] | None:
        """Give the runs that the store has, if to list them is cheaper than to ask for each."""
        if time.monotonic() < self._list_holds_until:
            return self._listed
        new = sum(child.is_new for child in children)
        if new < _WORTH_A_LIST:
            return None
        most = _LISTED_AS_ONE_ASKED * new
        self._listed = tracking.values(IDENTITY_TAG, {KIND_TAG: RUN_KIND}, most)
        self._list_holds_until = time.monotonic() + _LIST_HOLDS_SECONDS
        return self._listed

    def _close(self) -> None:
        """Close the runs that a dead worker left open, and then the sweep's own run."""
        tracking, parent = self._connect()
        tracking.reach()
        sweep = self._store.sweep(self._launch.sweep)
        results = Results.read(merged(list(launches(sweep))), self._store)
        for one in results.ranked:
            child = self._children.get(one.job.identity)
            if one.state is RunState.INTERRUPTED and child is not None:
                child.interrupt(tracking)
        parent.close(results, kept_files(sweep, self._launch.label), now_ms())
        tracking.close()
        # Asked while MLflow is here anyway: the next plan need not, if nobody changes the store.
        deleted(self._launch.uri, self._launch.experiment, self._store)
        tracking.close()

    def _problem(self, error: Exception) -> str:
        left = sum(child.is_behind() for child in self._children.values())
        runs = f"{left} runs wait" if left != 1 else "1 run waits"
        if is_outage(error):
            return (
                f"MLflow at {self._launch.uri} can't be written ({_sentence(error)}): {runs} for "
                "delivery. The journals have everything; the same command delivers it later."
            )
        return (
            f"Delivery to MLflow has a fault of its own ({type(error).__name__}: "
            f"{_sentence(error)}): {runs} for delivery. The journals have everything; please "
            f"report the traceback in {self._kept(error)}."
        )

    def _kept(self, error: Exception) -> Path:
        """Keep the traceback with the launch's other files."""
        sweep = self._store.sweep(self._launch.sweep)
        path = sweep / "launches" / self._launch.label / "delivery.log"
        with suppress(OSError):  # a full disk: the sentence is told all the same
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        return path


def _sentence(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")
