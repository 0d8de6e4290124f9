"""The handle by which a running task tells the sweep how it goes.

    run = current_run()
    state = run.restore()
    for step in range(state["step"] if state else 0, 100):
        ...
        run.log(step, {"loss": loss})
        run.checkpoint({"step": step + 1, "weights": weights})

Outside a sweep the handle does nothing, so that a script that uses it also runs by itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

State = Mapping[str, "NDArray[Any] | bool | int | float | str | list[Any] | None"]


class Interrupted(BaseException):
    """The sweep is stopping and this run has saved what it could.

    A BaseException, so that a task's own `except Exception` doesn't keep it running.
    """


class Run:
    """A run's handle. This one belongs to no sweep and ignores what it is told."""

    @property
    def stopping(self) -> bool:
        """True once a stack is to checkpoint its runs and return: ask it once all have logged.

        The sweep wants to end, or to pack the runs anew.
        """
        return False

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Add one point to each metric's curve. Steps rise; equal steps are one point."""

    def summary(self, metrics: Mapping[str, float]) -> None:
        """Give metrics that a run has once, such as a test accuracy."""

    def checkpoint(self, state: State | Callable[[], State]) -> None:
        """Offer a state to continue from: a flat mapping of arrays and JSON values.

        It is written when the last one is old enough, or the sweep is stopping; a function that
        makes the state is called only then. A sweep that stops raises `Interrupted` here, in a
        run that is not part of a stack.
        """

    def restore(self) -> dict[str, Any] | None:
        """Give the state of the last checkpoint, or None when there is nothing to continue."""
        return None

    def artifact(self, path: Path) -> None:
        """Keep the file at `path` with the run; it is moved there."""

    @property
    def profiling(self) -> bool:
        """True if the sweep wants to be told where the time goes."""
        return False

    def spent(
        self,
        seconds: Mapping[str, float],
        *,
        operations: float = 0.0,
        peak: float = 0.0,
        notes: Sequence[str] = (),
    ) -> None:
        """Say where time went, in seconds by part, on whatever is not yet told of.

        `operations` were done meanwhile, of which the processor could do `peak` a second; `notes`
        are sentences for the user. One run tells it for the whole of its stack.
        """

    def finish(self, value: object) -> None:
        """End the run well. For stacks: a plain task returns its value."""

    def fail(self, reason: str) -> None:
        """End the run as failed, with a sentence for the user. For stacks: a plain task raises."""


_NO_RUN = Run()
_current: ContextVar[Run] = ContextVar("sweeps_current_run", default=_NO_RUN)


def current_run() -> Run:
    """Give the handle of the run that this code is part of; outside a sweep, one that ignores."""
    return _current.get()


@contextmanager
def running(run: Run) -> Iterator[None]:
    """Make `run` the current one."""
    token = _current.set(run)
    try:
        yield
    finally:
        _current.reset(token)
