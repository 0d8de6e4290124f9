"""A stack's early end: its runs are checkpointed and packed anew, with others or in halves.

Runs share a stack only at the same step. So stacks that have become thin leave at a few steps only,
where they meet others of their kind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_FIRST_MEETING = 8


@dataclass(frozen=True)
class Anew:
    """What tells a worker that its stack is to end before its runs do.

    `asked`: while this file exists, every stack ends with its step.
    `waiting`: this file exists while assignments wait for a worker.
    `thin`: a stack of so few runs makes room for those, at a meeting; 0 if there are none to meet.
    """

    asked: Path
    waiting: Path
    thin: int = 0

    def ends(self, step: int, live: int) -> bool:
        """Say if a stack with so many runs left ends with this step."""
        if self.asked.exists():
            return True
        return live <= self.thin and is_meeting(step) and self.waiting.exists()


def is_meeting(step: int) -> bool:
    """Say if thin stacks leave at this step: 8, 16, 32, ..., so that each does so a few times."""
    return step >= _FIRST_MEETING and step & (step - 1) == 0


class Leaving:
    """Whether one stack ends with a step: decided once a step, so that all its runs hear the same.

    `live` counts the runs that it has left.
    """

    def __init__(self, anew: Anew | None, live: Callable[[], int]) -> None:
        self._anew = anew
        self._live = live
        self._decided: tuple[int, bool] = (-1, False)

    def at(self, step: int) -> bool:
        """Say if the stack ends with this step."""
        if self._anew is None:
            return False
        if self._decided[0] != step:
            self._decided = step, self._anew.ends(step, self._live())
        return self._decided[1]
