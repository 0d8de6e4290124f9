"""Assignments on a Dask cluster, through joblib: its workers share the network with us alone."""

import pickle
import socket
import threading
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import joblib
from distributed import Client, KilledWorker
from joblib.externals.loky.backend.reduction import dumps
from threadpoolctl import threadpool_limits

from sweeps.errors import plan_error
from sweeps.state import Outcome, RunState
from sweeps.worker import Assignment, Ran, work

_CONNECT_SECONDS = 10
_one_at_a_time = threading.Lock()


class DaskPool:
    """The workers of a running Dask cluster; Dask itself gives a dead one's work to another.

    `host` is this machine's address as the cluster sees it.
    """

    deaths: tuple[type[Exception], ...] = (KilledWorker,)

    def __init__(self, address: str) -> None:
        """Raises PlanError if no scheduler answers at `address`."""
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
        self._client.wait_for_workers(1)
        return sum(self._client.ncores().values())

    def run(
        self,
        batch: Sequence[Assignment],
        width: int,  # noqa: ARG002 - the cluster has its own
    ) -> Iterator[tuple[int, list[Ran]]]:
        """Run assignments, giving the number of each with what came of it, as they end."""
        with joblib.parallel_config(backend="dask", client=self._client):
            done = joblib.Parallel(
                n_jobs=-1, return_as="generator_unordered", batch_size=1, pre_dispatch="all"
            )(
                joblib.delayed(_work_there)(
                    number, tuple(member.number for member in one.members), bytes(dumps(one))
                )
                for number, one in enumerate(batch)
            )
            for number, ran in done:
                yield number, pickle.loads(ran)  # noqa: S301 - of our own workers

    def kill(self) -> None:
        """Leave the cluster: Dask drops what it was to do for us, and the runs under way stop."""
        self._client.close(timeout=0)


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
