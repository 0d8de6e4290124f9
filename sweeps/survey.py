"""How sweeps stand, whoever runs them: read from the journals, with a probe of the locks."""

import os
import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sweeps.destination import destination
from sweeps.glance import state_at_a_glance
from sweeps.launches import LaunchRecord, merged
from sweeps.state import RunState
from sweeps.store import Store


class Standing(StrEnum):
    """How a run that a sweep wants stands: done, or what keeps it from being so."""

    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    RUNNING = "running"
    MISSING = "missing"
    """Not begun, or deleted in MLflow."""
    REMOVED = "removed"
    """Its journal was removed by `sweeps.clean`, after it was delivered."""


_STANDINGS = {
    RunState.FINISHED: Standing.DONE,
    RunState.FAILED: Standing.FAILED,
    RunState.INTERRUPTED: Standing.INTERRUPTED,
    RunState.RUNNING: Standing.RUNNING,
    RunState.WAITING: Standing.MISSING,
}
_BYTES_A_STEP = 1000
_SETTLED = (Standing.DONE, Standing.REMOVED)


@dataclass(frozen=True)
class SweepStatus:
    """One sweep: how many of the runs that it wants stand how, and what completes it.

    `started_ms` is the time of its first launch, in milliseconds since the epoch. `disk_bytes`
    counts its journals, checkpoints and result files, not the copies in MLflow. `folder` is the
    working folder of its `commands`.
    """

    experiment: str
    sweep: str
    name: str
    started_ms: int
    jobs: int
    counts: Mapping[Standing, int]
    disk_bytes: int
    folder: str
    uri: str
    commands: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing left to run."""
        return not self.commands


def survey(
    store: Store,
    sweeps: Mapping[str, Sequence[LaunchRecord]],
    deleted: Collection[str],
    removed: Collection[str],
) -> Iterator[SweepStatus]:
    """Look at sweeps by key, each with its launches, the latest first.

    `deleted` and `removed` are identities of runs: those deleted in MLflow don't count as runs.
    """
    for key, latest_first in sweeps.items():
        last = latest_first[0]
        wanted = dict.fromkeys(job.identity for job in merged(latest_first).jobs)
        standings = {one: _standing(store, one, deleted, removed) for one in wanted}
        counts = Counter(standings.values())
        yield SweepStatus(
            experiment=last.experiment,
            sweep=key,
            name=last.name,
            started_ms=latest_first[-1].time_ms,
            jobs=len(wanted),
            counts={standing: counts[standing] for standing in Standing},
            disk_bytes=sum(bytes_below(store.run(one).folder) for one in wanted)
            + bytes_below(store.sweep(key)),
            folder=str(last.moved(last.folder, store.root.parent)),
            uri=destination(last, store.root.parent),
            commands=tuple(commands(latest_first, standings)),
        )


def commands(
    latest_first: Iterable[LaunchRecord], standings: Mapping[str, Standing]
) -> Iterator[str]:
    """Give the commands, as few as the launches allow, that complete a sweep.

    Each trains failed runs again if it has any.
    """
    left = {identity for identity, standing in standings.items() if standing not in _SETTLED}
    for launch in latest_first:
        these = left & {job.identity for job in launch.jobs}
        if not these:
            continue
        left -= these
        failed = any(standings[identity] is Standing.FAILED for identity in these)
        if failed and launch.retry not in shlex.split(launch.command):
            yield f"{launch.command} {launch.retry}"
        else:
            yield launch.command


def bytes_below(folder: str | Path) -> int:
    """Add up the sizes of all files below a folder; one that is gone has none."""
    total = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += bytes_below(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    except OSError:  # removed while we look, such as a checkpoint by the next one
        return total
    return total


def size(count: int) -> str:
    """Write a number of bytes for people, in powers of 1000."""
    amount, unit = float(count), "B"
    for following in ("kB", "MB", "GB", "TB"):
        if amount < _BYTES_A_STEP:
            break
        amount, unit = amount / _BYTES_A_STEP, following
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def _standing(
    store: Store, identity: str, deleted: Collection[str], removed: Collection[str]
) -> Standing:
    if identity in deleted:
        return Standing.MISSING
    if identity in removed:
        return Standing.REMOVED
    return _STANDINGS[state_at_a_glance(store.run(identity))]
