"""One attempt at a run: the handle of a run that has a journal, which it holds while it lasts."""

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from sweeps.keeper import Keeper
from sweeps.ledger import Ledger
from sweeps.records import (
    Artifact,
    Checkpoint,
    Definition,
    Ended,
    Left,
    Metrics,
    Restored,
    Started,
    Summary,
)
from sweeps.replay import RunRecord
from sweeps.run import Interrupted, Run, State
from sweeps.state import JSONValue, Outcome, RunState
from sweeps.value import plain


def now_ms() -> int:
    """Give the time in MLflow's unit, milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class AlreadyEnded(Exception):
    """The run needs no attempt: a cluster may give out work again of which it lost the result."""

    def __init__(self, outcome: Outcome | None) -> None:
        super().__init__("the run has ended already")
        self.outcome = outcome


def _has_ended(record: RunRecord, launch: str) -> bool:
    """Say if the run is finished, or has failed in this very launch."""
    if record.outcome is None or record.started is None:
        return False
    if record.outcome.state is RunState.FAILED:
        return record.started.launch == launch
    return record.outcome.state is RunState.FINISHED


class Attempt(Run):
    """The handle of one run, from Started to Ended; appends to the run's journal and log.

    Leaving the context without an outcome leaves the run as interrupted as it would be by a crash:
    what was logged and the last checkpoint hold.
    """

    def __init__(
        self,
        keeper: Keeper,
        definition: Definition,
        *,
        started: Started,
        log: str,
        checkpoint_seconds: float,
        alone: bool,
        ledger: Ledger | None = None,
        leaving: Callable[[int], bool] = lambda _: False,
    ) -> None:
        """Begin. `log` is where people find the log; `alone` is false for the members of a stack.

        `ledger` takes what the run tells of its time, None if nobody wants to know; `leaving` says
        of a step whether its stack ends with it, to be packed anew.
        Raises `JournalHeld` when another process is at this run, and `AlreadyEnded`.
        """
        self._keeper = keeper
        self._log = log
        self._checkpoint_seconds = checkpoint_seconds
        self._alone = alone
        self._ledger = ledger
        self._leaving = leaving
        self._step: int | None = None
        self._checkpoints_offered = False
        self._checkpointed = time.monotonic()
        self._record = keeper.open()
        if _has_ended(self._record, started.launch):
            keeper.close()
            raise AlreadyEnded(self._record.outcome)
        self.outcome: Outcome | None = None
        self._append(definition, started)
        self._say(f"started: {definition.name} (identity {definition.identity})")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._keeper.close()

    @property
    def stopping(self) -> bool:
        return self._keeper.stopping() or self.leaving

    @property
    def leaving(self) -> bool:
        """True if its stack is to end with this step; not if that would lose what it did."""
        return self._checkpoints_offered and self._step is not None and self._leaving(self._step)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        self._step = step
        values = {key: float(value) for key, value in metrics.items()}
        self._append(Metrics(now_ms(), step, values))
        self._say(f"step {step}: " + ", ".join(f"{key} {v:.6g}" for key, v in values.items()))
        if self._alone and not self._checkpoints_offered and self.stopping:
            raise Interrupted

    def summary(self, metrics: Mapping[str, float]) -> None:
        values = {key: float(value) for key, value in metrics.items()}
        self._append(Summary(now_ms(), values))
        self._say(", ".join(f"{key} {value:.6g}" for key, value in values.items()))

    def checkpoint(self, state: State | Callable[[], State]) -> None:
        self._checkpoints_offered = True
        stopping = self.stopping
        if stopping or time.monotonic() - self._checkpointed >= self._checkpoint_seconds:
            self._save(state() if callable(state) else state)
        if stopping and self._alone:
            raise Interrupted

    def restore(self) -> dict[str, Any] | None:
        found = self._keeper.newest(self._record.checkpoints)
        if found is None:
            return None
        for refused in found.refused:
            self._say(refused)
        self._append(Restored(now_ms(), found.step))
        self._step = found.step
        self._say(f"continued from step {found.step}")
        return dict(found.state)

    def artifact(self, path: Path) -> None:
        self._keeper.keep(path)
        self._append(Artifact(now_ms(), path.name, path.name))

    @property
    def profiling(self) -> bool:
        return self._ledger is not None

    def spent(
        self,
        seconds: Mapping[str, float],
        *,
        operations: float = 0.0,
        peak: float = 0.0,
        notes: Sequence[str] = (),
    ) -> None:
        if self._ledger is not None:
            self._ledger.add(seconds, operations, peak, notes)

    def finish(self, value: object) -> None:
        kept: JSONValue = None
        fault = ""
        try:
            kept = plain(value)
        except TypeError as error:
            fault = f"the value can't be kept for later sweeps: {error}"
        self._end(
            Outcome(
                RunState.FINISHED,
                value=kept,
                kept=not fault,
                reason=fault,
                log=self._log,
                step=self._step,
            )
        )
        self._keeper.prune(())

    def fail(self, reason: str) -> None:
        self._fail(reason, "")

    def fail_with(self, error: BaseException) -> None:
        """End the run with an exception that its code raised."""
        trace = "".join(traceback.format_exception(error))
        self._fail(f"{type(error).__name__}: {error}", trace)

    def interrupt(self) -> None:
        """End the attempt, not the run: it can go on from its last checkpoint."""
        self._end(Outcome(RunState.INTERRUPTED, reason="stopped", log=self._log, step=self._step))

    def leave(self) -> None:
        """End the attempt, not the run: it goes on from its checkpoint in another stack."""
        self._append(Left(now_ms()))
        self._say("its stack ends before it, and it waits for another")

    def _fail(self, reason: str, trace: str) -> None:
        self._end(
            Outcome(RunState.FAILED, reason=reason, traceback=trace, log=self._log, step=self._step)
        )

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self._append(Ended(now_ms(), outcome))
        value = "" if outcome.value is None else outcome.value
        self._say(f"{outcome.state}: {outcome.reason}{value}\n{outcome.traceback}")

    def _save(self, state: State) -> None:
        step = 0 if self._step is None else self._step
        saved = self._keeper.save(step, state)
        self._append(Checkpoint(now_ms(), step, saved.file, saved.sha256))
        self._keeper.prune([one.file for one in self._record.checkpoints])
        self._checkpointed = time.monotonic()

    def _append(self, *records: Any) -> None:
        self._keeper.append(*records)
        for record in records:
            self._record.apply(record)

    def _say(self, line: str) -> None:
        self._keeper.say(line)
