"""Assignments on a Dask cluster, through joblib: its workers share the network with us alone."""

import math
import os
import pickle
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import joblib
from distributed import CancelledError, Client, KilledWorker
from joblib._dask import DaskDistributedBackend
from joblib.externals.loky.backend.reduction import dumps
from threadpoolctl import threadpool_limits

from sweeps.assignment import Assignment, Ran
from sweeps.errors import plan_error
from sweeps.state import Outcome, RunState
from sweeps.worker import work

_CONNECT_SECONDS = 10
# A cluster's first worker may wait in a queue for as long as this.
_QUEUE_SECONDS = 30 * 24 * 3600
_one_at_a_time = threading.Lock()


class DaskPool:
    """The workers of a running Dask cluster; Dask itself gives a dead one's work to another.

    `host` is this machine's address as the cluster sees it.
    """

    deaths: tuple[type[Exception], ...] = ()

    def __init__(self, address: str) -> None:
        """Raises PlanError if no scheduler answers at `address`."""
        self._address = address
        try:
            self._client = Client(address, timeout=_CONNECT_SECONDS)
            scheduler = urlsplit(str(self._client.scheduler_info()["address"]))
            place = str(scheduler.hostname), int(scheduler.port or 0)
            with socket.create_connection(place, _CONNECT_SECONDS) as connection:
                self.host: str | None = connection.getsockname()[0]
        except (OSError, ValueError) as error:
            fault = (
                f"no Dask scheduler answers at hydra.launcher.dask_address={address}: start one"
                " with `dask scheduler`, and workers with `dask worker ADDRESS --nthreads 1`"
            )
            raise plan_error([fault]) from error

    def width(self) -> int:
        """Count the cluster's threads, once it has any."""
        # Work is what makes an adaptive cluster ask for its first worker.
        self._client.submit(os.getpid, pure=False).result()
        return sum(self._client.ncores().values())

    def memory(self, workers: int) -> float:  # noqa: ARG002 - the cluster has its own
        """Give the least that a thread of the cluster has, by the limits of its workers."""
        # Of some of them, in later versions of Dask; they are usually alike.
        told = self._client.scheduler_info()["workers"].values()
        limits = [one["memory_limit"] / one["nthreads"] for one in told if one["memory_limit"]]
        return min(limits, default=math.inf)

    def run(
        self,
        batch: Iterable[Assignment],
        width: int,  # noqa: ARG002 - the cluster has its own
    ) -> Iterator[tuple[int, list[Ran] | None]]:
        """Run assignments, as `Pool` says; raises ConnectionError if the cluster is gone."""
        backend = _Backend(client=self._client, wait_for_workers_timeout=_QUEUE_SECONDS)
        with joblib.parallel_config(backend=backend):
            done = joblib.Parallel(
                n_jobs=-1, return_as="generator_unordered", batch_size=1, pre_dispatch="all"
            )(
                joblib.delayed(_work_there)(
                    number, tuple(member.number for member in one.members), bytes(dumps(one))
                )
                for number, one in enumerate(batch)
            )
            try:
                for number, ran in done:
                    # Of our own workers.
                    yield number, None if ran is None else pickle.loads(ran)  # noqa: S301
            except CancelledError as error:
                msg = f"the Dask scheduler at {self._address} has dropped the sweep's work"
                raise ConnectionError(msg) from error

    def kill(self) -> None:
        """Leave the cluster: Dask drops what it was to do for us, and the runs under way stop."""
        with suppress(OSError):  # it is not waited for
            self._client.close(timeout=0)


class _Backend(DaskDistributedBackend):  # type: ignore[misc]  # joblib has no types
    """joblib's own, but that an error of Dask's comes to an end too: there it waits for ever.

    Work whose workers died again and again comes back as its number and None.
    """

    def effective_n_jobs(self, n_jobs: int) -> int:
        """Never 1: joblib would run the work in this very process."""
        return max(2, int(super().effective_n_jobs(n_jobs)))

    def submit(self, func: Any, callback: Callable[[Any], None]) -> Any:
        """Pass an error on as joblib passes a result on."""
        future = super().submit(func, callback)
        number = func.items[0][1][0]

        def pass_on(ended: Future[Any]) -> None:
            error = None if ended.cancelled() else ended.exception()
            if isinstance(error, KilledWorker):
                callback([(number, None)])
            elif error is not None:
                callback(error)

        future.add_done_callback(pass_on)
        return future


def _work_there(number: int, members: tuple[int, ...], sent: bytes) -> tuple[int, bytes]:
    # As bytes: joblib would leave a large argument with one worker, to be lost with it. And so
    # that what can't be unpacked is that run's failure, not the sweep's.
    with _one_at_a_time, threadpool_limits(1):
        try:
            assignment: Assignment = pickle.loads(sent)  # noqa: S301 - of our own launcher
        except ImportError as error:
            return number, bytes(dumps(_missing(members, error)))
        return number, bytes(dumps(work(assignment)))


def _missing(members: Sequence[int], error: ImportError) -> list[Ran]:
    reason = (
        f"the worker on {socket.gethostname()} can't import the task ({error}): install what it"
        " imports on the workers, or start them with PYTHONPATH"
    )
    outcome = Outcome(RunState.FAILED, reason=reason)
    return [Ran(member, outcome) for member in members]
