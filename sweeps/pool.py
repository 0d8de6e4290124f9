"""Assignments on joblib: outcomes as they come, dead workers replaced, suspects run alone."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

import joblib
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import BrokenProcessPool

from sweeps import head_start
from sweeps.assignment import Assignment, Member, Ran
from sweeps.memory import fair_share
from sweeps.orphan import working
from sweeps.settings import LauncherSettings, usable_cpus
from sweeps.state import Outcome, RunState
from sweeps.worker import work

# Makes of an assignment those for its members that have no outcome yet, by where they go on.
Regroup = Callable[[Assignment], Sequence[Assignment]]

# A worker's death takes its pool along, so that its neighbours were in it too. Who was in as many
# deaths as this is run alone, to be told from them.
_SUSPECT = 2


class Pool(Protocol):
    """Workers, here or elsewhere.

    `run` gives the number of each assignment with what came of it, as they end: None if its workers
    died. It raises one of `deaths` if a worker died and took all along, whosever fault it was.
    `host` is this machine's address for workers on other machines, None if all are here.
    """

    deaths: tuple[type[Exception], ...]
    host: str | None

    def width(self) -> int: ...
    def memory(self, workers: int) -> float:
        """Give the bytes that each of so many workers may fill."""

    def run(
        self, batch: Iterable[Assignment], width: int
    ) -> Iterator[tuple[int, list[Ran] | None]]: ...
    def kill(self) -> None: ...


class Repack(Protocol):
    """Decides which stacks end before their runs do, and into which those go."""

    def begin(self, assignments: Collection[Assignment], workers: int) -> None:
        """Take in which assignments begin now, in their order."""

    def left(self, assignments: Collection[Assignment], workers: int, apart: int) -> None:
        """Take in which of them have not ended, while so many that ended early are kept apart."""

    def packed(self, assignments: Sequence[Assignment], workers: int) -> list[Assignment]:
        """Pack what is left of assignments that ended early."""


class _Never:
    """Lets every stack go on to its end."""

    def begin(self, assignments: Collection[Assignment], workers: int) -> None: ...
    def left(self, assignments: Collection[Assignment], workers: int, apart: int) -> None: ...
    def packed(self, assignments: Sequence[Assignment], workers: int) -> list[Assignment]:  # noqa: ARG002
        return list(assignments)


NEVER: Repack = _Never()


@dataclass(frozen=True)
class _Task:
    """An assignment, and how many deaths of a worker it was part of."""

    assignment: Assignment
    deaths: int = 0


def execute(
    assignments: Sequence[Assignment],
    workers: int,
    attempts: int,
    regroup: Regroup,
    pool: Pool,
    repack: Repack = NEVER,
) -> Iterator[Ran]:
    """Run all `assignments` on so many `workers` of `pool`, each with one BLAS thread.

    What had ended when a worker died is kept, and the rest goes on from its checkpoints. A stack
    that is known to have killed is halved, until the run that kills is alone; it is given up when
    it has been tried `attempts` times, and the others finish. Stacks that ended before their runs
    are packed anew once no others run: `repack` has those end rather than a worker idle.
    """
    waiting = [_Task(assignment) for assignment in assignments]
    suspects: list[_Task] = []
    ended_early: list[_Task] = []
    while waiting or suspects or ended_early:
        waiting += [_Task(one) for one in repack.packed(_assignments(ended_early), workers)]
        ended_early = []
        alone = not waiting
        batch = [suspects.pop(0)] if alone else waiting
        waiting = []
        width = 1 if alone else workers
        left = dict(enumerate(_assignments(batch)))
        repack.begin(left.values(), width)
        try:
            for done, ran in pool.run(_assignments(batch), width):
                task = batch[done]
                del left[done]
                if ran is not None and any(one.anew for one in ran):
                    ended_early.append(task)
                # Not a list of them, which would take the longer the more there are.
                repack.left(left.values(), width, len(ended_early))
                if ran is not None:
                    yield from ran
                elif alone:
                    parts, ended = _after_death(task, attempts, regroup)
                    suspects[:0] = parts
                    yield from ended
                else:
                    # A cluster blames all that its dead workers were to do, begun or not.
                    task = replace(task, deaths=task.deaths + 1)
                    suspects += _again(task, regroup)
        except pool.deaths:
            if alone:
                parts, ended = _after_death(batch[0], attempts, regroup)
                suspects[:0] = parts
                yield from ended
                continue
            rest = [batch[number] for number in left]
            dead = [replace(task, deaths=task.deaths + 1) for task in rest[:width]]
            waiting += rest[width:]
            for task in dead:
                (suspects if task.deaths >= _SUSPECT else waiting).extend(_again(task, regroup))


def _assignments(tasks: Iterable[_Task]) -> list[Assignment]:
    return [task.assignment for task in tasks]


def _again(task: _Task, regroup: Regroup) -> list[_Task]:
    return [replace(task, assignment=part) for part in regroup(task.assignment)]


def _after_death(task: _Task, attempts: int, regroup: Regroup) -> tuple[list[_Task], list[Ran]]:
    """Give what is to be tried again of a task that has killed: its halves; or that it is not."""
    task = replace(task, deaths=task.deaths + 1)
    members = task.assignment.members
    if len(members) == 1 and task.deaths >= attempts and regroup(task.assignment):
        return [], [_quarantined(members[0], task.deaths)]
    halves = [
        replace(part, assignment=replace(part.assignment, members=members))
        for part in _again(task, regroup)
        for middle in [(len(part.assignment.members) + 1) // 2]
        for members in (part.assignment.members[:middle], part.assignment.members[middle:])
        if members
    ]
    return halves, []


def _quarantined(member: Member, deaths: int) -> Ran:
    reason = (
        f"its worker died {deaths} times and is not tried again: it was killed, ran out of memory,"
        " crashed, or was silent for longer than the timeout"
    )
    return Ran(member.number, Outcome(RunState.FAILED, reason=reason))


class LokyPool:
    """Worker processes on this machine, which loky starts and keeps."""

    deaths: tuple[type[Exception], ...] = (BrokenProcessPool,)
    host: str | None = None

    def width(self) -> int:
        """Count the CPUs that this process may use."""
        return usable_cpus()

    def memory(self, workers: int) -> float:
        """Share what is available on this machine fairly."""
        return fair_share(workers)

    def run(self, batch: Iterable[Assignment], width: int) -> Iterator[tuple[int, list[Ran]]]:
        """Run assignments, giving the number of each with what came of it, as they end."""
        head_start.over()
        with head_start.on_this_machine():
            yield from joblib.Parallel(
                n_jobs=head_start.processes(width),
                return_as="generator_unordered",
                batch_size=1,
                pre_dispatch=1 if width == 1 else "2*n_jobs",
            )(joblib.delayed(_numbered)(number, one) for number, one in enumerate(batch))

    def kill(self) -> None:
        """End the workers at once; what they had journaled holds."""
        with suppress(Exception):
            # With reuse, or it would wait for the end of workers with other settings than none.
            get_reusable_executor(reuse=True).shutdown(wait=False, kill_workers=True)


def pool_of(settings: LauncherSettings) -> Pool:
    """Give the workers that the settings ask for; raises PlanError if there are none."""
    if settings.backend == "dask":
        from sweeps.cluster import DaskPool

        return DaskPool(str(settings.dask_address))
    return LokyPool()


def _numbered(number: int, assignment: Assignment) -> tuple[int, list[Ran]]:
    with working():
        return number, work(assignment)
