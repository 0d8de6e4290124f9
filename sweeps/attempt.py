"""One attempt at a run: the handle of a run that has a journal, which it holds while it lasts."""

import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import move
from typing import Any, Self

from sweeps.checkpoint import newest, prune, save
from sweeps.orphan import lives
from sweeps.records import (
    Artifact,
    Checkpoint,
    Definition,
    Ended,
    Metrics,
    Restored,
    Started,
    Summary,
)
from sweeps.run import Interrupted, Run, State
from sweeps.state import JSONValue, Outcome, RunState
from sweeps.store import RunFolder
from sweeps.value import plain


def now_ms() -> int:
    """Give the time in MLflow's unit, milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Stop:
    """Whether the sweep is stopping: its parent says so by a file, or is no more.

    A file, because Ctrl-C reaches a terminal's processes only, and a worker may be elsewhere.
    """

    file: Path
    parent: int

    def asked(self) -> bool:
        return self.file.exists() or not lives(self.parent)


class Attempt(Run):
    """The handle of one run, from Started to Ended; appends to the run's journal and log.

    Leaving the context without an outcome leaves the run as interrupted as it would be by a crash:
    what was logged and the last checkpoint hold.
    """

    def __init__(
        self,
        folder: RunFolder,
        definition: Definition,
        *,
        started: Started,
        log: Path,
        stop: Stop,
        checkpoint_seconds: float,
        alone: bool,
    ) -> None:
        """Begin: takes the journal's lock. `alone` is false for the members of a stack.

        Raises `JournalHeld` when another process is at this run.
        """
        folder.create()
        self._folder = folder
        self._log = log
        self._stop = stop
        self._checkpoint_seconds = checkpoint_seconds
        self._alone = alone
        self._step: int | None = None
        self._checkpoints_offered = False
        self._checkpointed = time.monotonic()
        self._writer = folder.writer()
        self._record = folder.record()
        self.outcome: Outcome | None = None
        self._append(definition, started)
        self._say(f"started: {definition.name} (identity {definition.identity})")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    @property
    def stopping(self) -> bool:
        return self._stop.asked()

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
        found = newest(self._folder.checkpoints, self._record.checkpoints)
        if found is None:
            return None
        for refused in found.refused:
            self._say(refused)
        self._append(Restored(now_ms(), found.step))
        self._step = found.step
        self._say(f"continued from step {found.step}")
        return dict(found.state)

    def artifact(self, path: Path) -> None:
        self._folder.artifacts.mkdir(exist_ok=True)
        move(path, self._folder.artifacts / path.name)
        self._append(Artifact(now_ms(), path.name, path.name))

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
                log=str(self._log),
                step=self._step,
            )
        )
        prune(self._folder.checkpoints, ())

    def fail(self, reason: str) -> None:
        self._fail(reason, "")

    def fail_with(self, error: BaseException) -> None:
        """End the run with an exception that its code raised."""
        trace = "".join(traceback.format_exception(error))
        self._fail(f"{type(error).__name__}: {error}", trace)

    def interrupt(self) -> None:
        """End the attempt, not the run: it can go on from its last checkpoint."""
        self._end(
            Outcome(RunState.INTERRUPTED, reason="stopped", log=str(self._log), step=self._step)
        )

    def _fail(self, reason: str, trace: str) -> None:
        self._end(
            Outcome(
                RunState.FAILED, reason=reason, traceback=trace, log=str(self._log), step=self._step
            )
        )

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self._append(Ended(now_ms(), outcome))
        value = "" if outcome.value is None else outcome.value
        self._say(f"{outcome.state}: {outcome.reason}{value}\n{outcome.traceback}")

    def _save(self, state: State) -> None:
        step = 0 if self._step is None else self._step
        saved = save(self._folder.checkpoints, step, state)
        self._append(Checkpoint(now_ms(), step, saved.file, saved.sha256))
        prune(self._folder.checkpoints, [one.file for one in self._record.checkpoints])
        self._checkpointed = time.monotonic()

    def _append(self, *records: Any) -> None:
        self._writer.append(*records)
        for record in records:
            self._record.apply(record)

    def _say(self, line: str) -> None:
        # The log is for people: a full disk must not end a run whose journal could be written.
        with suppress(OSError), self._log.open("a", encoding="utf-8") as file:
            file.write(f"[{time.strftime('%Y-%m-%d %H:%M:%S')}] {line.rstrip()}\n")
