"""Assignments on joblib: outcomes as they come, dead workers replaced, suspects run alone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import joblib
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from sweeps.state import Outcome, RunState
from sweeps.worker import Assignment, Member, Ran, work

Split = Callable[[Assignment], Sequence[Assignment]]


def execute(
    assignments: Sequence[Assignment], workers: int, attempts: int, split: Split
) -> Iterator[Ran]:
    """Run all `assignments` on so many `workers`, each with one BLAS thread.

    A worker that dies takes its whole pool along. What had ended by then is kept; the assignments
    that were under way are tried again after `split`, each alone in the pool so that a run that
    kills its worker is told from its neighbours, and at most `attempts` times; the rest go on.
    """
    waiting = list(assignments)
    suspects: list[tuple[Assignment, int]] = []
    while waiting or suspects:
        alone = not waiting
        if alone:
            suspect, tries = suspects.pop(0)
            batch, width = [suspect], 1
        else:
            batch, width = waiting, workers
        left = {id(one): one for one in batch}
        try:
            for done, ran in _parallel(batch, width):
                yield from ran
                left.pop(id(batch[done]))
            if not alone:
                waiting = []
        except TerminatedWorkerError as death:
            if alone:
                yield from _after_death(suspect, tries + 1, attempts, split, suspects, death)
                continue
            # Any of the first `workers` that have no outcome may be the one that killed.
            stranded = list(left.values())
            suspects += [(one, 1) for one in stranded[:workers]]
            waiting = stranded[workers:]


def _after_death(
    suspect: Assignment,
    tries: int,
    attempts: int,
    split: Split,
    suspects: list[tuple[Assignment, int]],
    death: TerminatedWorkerError,
) -> Iterator[Ran]:
    if len(suspect.members) == 1 and tries >= attempts:
        yield _quarantined(suspect.members[0], tries, death)
        return
    suspects[:0] = [(part, tries) for part in split(suspect)]


def _quarantined(member: Member, tries: int, death: TerminatedWorkerError) -> Ran:
    reason = f"killed its worker {tries} times: {str(death).splitlines()[0]}"
    return Ran(member.number, Outcome(RunState.FAILED, reason=reason, log=str(member.log)))


def _parallel(batch: Sequence[Assignment], width: int) -> Iterator[tuple[int, list[Ran]]]:
    # joblib runs n_jobs=1 in this very process, which a run must not be able to kill: one at a
    # time is a pool of two of which one is given work.
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        yield from joblib.Parallel(
            n_jobs=max(width, 2),
            return_as="generator_unordered",
            batch_size=1,
            pre_dispatch=1 if width == 1 else "2*n_jobs",
        )(joblib.delayed(_numbered)(number, one) for number, one in enumerate(batch))


def _numbered(number: int, assignment: Assignment) -> tuple[int, list[Ran]]:
    return number, work(assignment)


def kill_workers() -> None:
    """End this process's workers at once; what they had journaled holds."""
    with suppress(Exception):
        get_reusable_executor().shutdown(wait=False, kill_workers=True)
