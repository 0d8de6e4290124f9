"""A pool to which assignments are handed as they get ready, one after another.

To make a job's configuration again, and to write its `.hydra/`, takes some milliseconds. Of a
thousand jobs that is seconds, in which the workers can be at the first ones.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from sweeps.assignment import Assignment, Ran
from sweeps.pool import Pool


class Preparing:
    """Has `prepare` complete each assignment, in a thread of its own, before `pool` runs it."""

    def __init__(self, pool: Pool, prepare: Callable[[Assignment], Assignment]) -> None:
        self.deaths = pool.deaths
        self.host = pool.host
        self.width = pool.width
        self.memory = pool.memory
        self.kill = pool.kill
        self._pool = pool
        self._prepare = prepare

    def run(
        self, batch: Iterable[Assignment], width: int
    ) -> Iterator[tuple[int, list[Ran] | None]]:
        """Run assignments as `pool` does; raises what `prepare` does, once those before ended."""
        faults: list[Exception] = []
        thread = ThreadPoolExecutor(1, "preparing")
        try:
            coming = deque(thread.submit(self._prepare, one) for one in batch)
            yield from self._pool.run(_ready(coming, faults), width)
        finally:
            thread.shutdown(cancel_futures=True)
        if faults:
            raise faults[0]


def _ready(coming: deque[Future[Assignment]], faults: list[Exception]) -> Iterator[Assignment]:
    """Give what is ready, waiting for it; it ends at a fault, as joblib can't be told of one."""
    while coming:
        try:
            yield coming.popleft().result()
        except Exception as error:  # noqa: BLE001 - raised by the caller
            faults.append(error)
            return
