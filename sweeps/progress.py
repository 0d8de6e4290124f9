"""The display while a sweep runs: a line per worker on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweeps.plan import Plan
from sweeps.standing import Busy, Progressing, Standing
from sweeps.state import RunState
from sweeps.store import Store

_TICK_SECONDS = 0.5
_HEARTBEAT_SECONDS = 30.0
_STATE_STYLE = {
    RunState.FINISHED: "green",
    RunState.FAILED: "red",
    RunState.INTERRUPTED: "yellow",
}


class Progress:
    """Shows how the runs of a plan go, while the context lasts. A fault of it ends only itself.

    `problem` gives a sentence while the runs' delivery doesn't go well, else None.
    """

    def __init__(
        self,
        plan: Plan,
        store: Store,
        *,
        workers: int,
        problem: Callable[[], str | None],
        console: Console | None = None,
    ) -> None:
        self._plan = plan
        self._store = store
        self._workers = workers
        self._problem = problem
        self._console = console or Console(stderr=True)
        self._end = threading.Event()
        self._stopping = threading.Event()
        self._delivering = threading.Event()
        self._thread = threading.Thread(target=self._work, name="progress", daemon=True)

    def __enter__(self) -> Self:
        self._standing = Standing(self._plan, self._store)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def stopping(self) -> None:
        """Say that the sweep has been asked to stop. Safe to call in a signal handler."""
        self._stopping.set()

    def delivering(self) -> None:
        """Say that the runs are over, and only their delivery is waited for."""
        self._delivering.set()

    def note(self, line: str) -> None:
        """Say a line of the launch's own."""
        self._say(line)

    def _work(self) -> None:
        try:
            if self._console.is_interactive:
                self._show_live()
            else:
                self._show_lines()
        except Exception as error:  # noqa: BLE001 (the sweep goes on without a display)
            self._console.print(f"The progress display has failed ({error!r}); the sweep goes on.")

    def _show_live(self) -> None:
        console = self._console
        with Live(console=console, transient=True, auto_refresh=False) as live:

            def refresh() -> None:
                live.update(self._view(), refresh=True)

            self._until_the_end(_TICK_SECONDS, refresh, only_failures=True)

    def _show_lines(self) -> None:
        self._say(self._beginning())
        spoken = time.monotonic()
        troubled = False

        def heartbeat() -> None:
            nonlocal spoken, troubled
            problem = self._problem()
            if problem is not None and not troubled:
                self._say(problem)
            troubled = problem is not None
            if time.monotonic() - spoken >= _HEARTBEAT_SECONDS:
                self._say(f"{self._counts()}  {self._outlook()}".rstrip())
                spoken = time.monotonic()

        self._until_the_end(_TICK_SECONDS, heartbeat, only_failures=False)

    def _until_the_end(self, tick: float, show: Callable[[], None], *, only_failures: bool) -> None:
        told = False
        over = False
        while not over:
            over = self._end.wait(tick)
            ended = self._standing.last_update() if over else self._standing.update()
            before = self._standing.ended - len(ended)
            for number, run in enumerate(ended, before + 1):
                if run.outcome and not (only_failures and run.outcome.state is RunState.FINISHED):
                    self._say(self._ending(number, run))
            if self._stopping.is_set() and not told:
                self._say("Stopping: the runs save what they have. Ctrl-C once more ends them now.")
                told = True
            show()

    def _beginning(self) -> str:
        reused = self._standing.reused
        to_train = self._standing.total - reused
        said = f"{_count(to_train, 'run')} to train on {_count(self._workers, 'worker')}"
        if to_train == 0:
            said = "nothing to train"
        return f"{said}, {reused} reused" if reused else said

    def _ending(self, number: int, run: Progressing) -> Text:
        outcome = run.outcome
        line = Text(f"{number}/{self._standing.total} ")
        if outcome is None:
            return line
        line.append(str(outcome.state), style=_STATE_STYLE[outcome.state])
        line.append(f"  {run.job.definition.name}")
        if outcome.number is not None:
            line.append(f"  {run.job.value_name} {outcome.number:.4g}")
        if outcome.reason:
            line.append(f"  {outcome.reason}")
        return line.append(f"  {duration(run.seconds)}", style="dim")

    def _view(self) -> RenderableType:
        lines = [Text(self._counts()), Text(self._outlook(), style="dim")]
        problem = self._problem()
        if problem is not None:
            lines.append(Text(problem, style="yellow"))
        if self._delivering.is_set():
            return Group(*lines)
        grid = Table.grid(padding=(0, 2), expand=False)
        grid.add_column(no_wrap=True, overflow="ellipsis", max_width=self._console.width // 2)
        for _ in range(3):
            grid.add_column(no_wrap=True)
        busy = list(self._standing.busy())
        for worker in busy:
            grid.add_row(*_worker_line(worker))
        if not busy:
            grid.add_row(Text("starting workers" if self._standing.count(RunState.WAITING) else ""))
        return Group(grid, *lines)

    def _counts(self) -> str:
        standing = self._standing
        counts = {
            "running": standing.count(RunState.RUNNING),
            "waiting": standing.count(RunState.WAITING),
            "failed": standing.count(RunState.FAILED),
            "interrupted": standing.count(RunState.INTERRUPTED),
            "reused": standing.reused,
        }
        finished = (
            f"{standing.count(RunState.FINISHED) + standing.reused}/{standing.total} finished"
        )
        return " · ".join([finished, *(f"{n} {word}" for word, n in counts.items() if n)])

    def _outlook(self) -> str:
        parts = []
        best = self._standing.best
        if best is not None:
            parts.append(f"best {best.value_name} {best.value:.4g} ({best.name})")
        left = self._standing.seconds_left()
        if self._delivering.is_set():
            parts.append("delivering to MLflow")
        elif left:
            parts.append(f"about {duration(left)} left")
        return "  ".join(parts)

    def _say(self, line: str | Text) -> None:
        self._console.print(line, soft_wrap=True, highlight=False, markup=False)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _worker_line(worker: Busy) -> tuple[RenderableType, ...]:
    names = ", ".join(worker.names)
    if len(worker.names) > 1:
        names = f"{len(worker.names)} runs: {names}"
    steps = "" if worker.steps is None else f"/{worker.steps}"
    rate = "" if worker.rate is None else f"{worker.rate:.3g}/s"
    bar = "" if worker.steps is None else ProgressBar(worker.steps, worker.step, width=20)
    return Text(names), bar, Text(f"step {worker.step}{steps}"), Text(rate, style="dim")


def duration(seconds: float) -> str:
    """Write a time as people say it: `12 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{whole} s"  # noqa: PLR2004
    minutes, rest = divmod(whole, 60)
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min {rest} s" if minutes < 10 else f"{minutes} min"  # noqa: PLR2004
    return f"{minutes // 60} h {minutes % 60} min"
