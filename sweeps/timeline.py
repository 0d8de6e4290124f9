"""Where a launch's own time goes: marks at the ends of its parts, so that nothing is left out."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sweeps.ledger import Spent

# The parts, but for those that the task itself tells.
START, PLANNING, DATA, STARTING_WORKERS = "start-up", "planning", "data", "workers' start"
JOURNALS, WAITING, TAIL = "journals", "waiting", "tail"
DELIVERY, ANSWER = "delivery", "answer"


@dataclass(frozen=True)
class Worked:
    """The time in which workers had work, in seconds since the epoch, and what they tell of it.

    `processor`: seconds of processor time that this process used meanwhile.
    """

    began: float
    ended: float
    workers: int
    spent: tuple[Spent, ...]
    processor: float = 0.0

    def seconds(self) -> Mapping[str, float]:
        """Share this time out among the parts: the mean over the workers.

        A worker's time before its first assignment is its start, between two it waits, after its
        last is the tail, in which others still work. What an assignment tells nothing of are logs,
        journals, checkpoints and files.
        """
        lanes: dict[str, list[Spent]] = {}
        for one in sorted(self.spent, key=lambda one: one.began):
            lanes.setdefault(one.worker, []).append(one)
        shared: defaultdict[str, float] = defaultdict(float)
        for lane in lanes.values():
            shared[STARTING_WORKERS] += lane[0].began - self.began
            for before, after in pairwise(lane):
                shared[WAITING] += after.began - before.ended
            for one in lane:
                for part, seconds in one.seconds.items():
                    shared[part] += seconds
                shared[JOURNALS] += one.ended - one.began - sum(one.seconds.values())
            shared[TAIL] += self.ended - lane[-1].ended
        all_lanes = max(self.workers, len(lanes))
        shared[WAITING] += (all_lanes - len(lanes)) * (self.ended - self.began)
        return {part: seconds / all_lanes for part, seconds in shared.items()}


class Timeline:
    """The time since `began`, all of it shared out to parts by marks at their ends."""

    def __init__(self, began: float) -> None:
        self.began = self.now = began
        self.worked: list[Worked] = []
        self.written = 0.0
        """Seconds of processor time of the process that writes to MLflow."""
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._processor = time.process_time()

    def mark(self, part: str) -> None:
        """Say that the time since the last mark was this part's."""
        now = time.time()
        self._seconds[part] += now - self.now
        self.now, self._processor = now, time.process_time()

    def mark_worked(self, workers: int, spent: Sequence[Spent]) -> None:
        """Say that since the last mark so many workers had work, of which they tell this."""
        now = time.time()
        processor = time.process_time()
        used = processor - self._processor
        self.worked.append(Worked(self.now, now, workers, tuple(spent), used))
        self.now, self._processor = now, processor

    def seconds(self) -> Mapping[str, float]:
        """Give the seconds of each part until the last mark."""
        whole = self._seconds.copy()
        for worked in self.worked:
            for part, seconds in worked.seconds().items():
                whole[part] += seconds
        return whole
