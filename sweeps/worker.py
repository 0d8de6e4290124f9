"""What a worker process does with the jobs it is given: run them, and say how each ended.

A stack is run without Hydra: its members' settings are plain data. A plain task runs as Hydra
itself would run it. An exception ends the run that raised it and is returned as data, never raised.
"""

import importlib
import os
import pickle
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import format_exception
from typing import TYPE_CHECKING, Any

from sweeps.anew import Leaving
from sweeps.assignment import Assignment, Member, Ran
from sweeps.attempt import AlreadyEnded, Attempt, now_ms
from sweeps.fingerprint import fingerprint, found_here, targets_in
from sweeps.journal import JournalHeld
from sweeps.keeper import Keeper, LocalKeeper
from sweeps.ledger import Ledger
from sweeps.output import printed_to
from sweeps.plain import PlainTask
from sweeps.provenance import blas_kernels, versions
from sweeps.records import Started
from sweeps.remote import Line, RemoteKeeper
from sweeps.run import Interrupted
from sweeps.state import Outcome, RunState
from sweeps.store import Store

if TYPE_CHECKING:
    from hydra.core.utils import JobReturn


def work(assignment: Assignment) -> list[Ran]:
    """Run an assignment to its end, in this process; whatever goes wrong is an outcome."""
    if not assignment.profile:
        return _caught(assignment, None)
    ledger = Ledger()
    first, *others = _caught(assignment, ledger)
    return [replace(first, spent=ledger.close()), *others]


def _caught(assignment: Assignment, ledger: Ledger | None) -> list[Ran]:
    try:
        return _work(assignment, ledger)
    except Exception as error:  # noqa: BLE001 - such as a full disk, in a run's journal
        trace = "".join(format_exception(error))
        return [
            Ran(
                member.number,
                Outcome(RunState.FAILED, reason=str(error), traceback=trace, log=str(member.log)),
            )
            for member in assignment.members
        ]


def _work(assignment: Assignment, ledger: Ledger | None) -> list[Ran]:
    assignment.devices.take()
    with ExitStack() as held:
        keepers = _keepers(assignment, held)
        if keepers[0].stopping():
            return [Ran(m.number, _not_begun(), begun=False) for m in assignment.members]
        edited = _edited(assignment)
        if edited:
            outcome = Outcome(RunState.INTERRUPTED, reason=edited)
            return [Ran(m.number, outcome, begun=False) for m in assignment.members]
        attempts: list[tuple[Member, Attempt]] = []
        elsewhere = []
        leaving = Leaving(
            assignment.anew, lambda: sum(attempt.outcome is None for _, attempt in attempts)
        )
        for member, keeper in zip(assignment.members, keepers, strict=True):
            try:
                attempt = held.enter_context(_attempt(assignment, member, keeper, ledger, leaving))
                attempts.append((member, attempt))
            except AlreadyEnded as ended:
                elsewhere.append(Ran(member.number, ended.outcome or _not_begun()))
            except JournalHeld as error:
                outcome = Outcome(RunState.INTERRUPTED, reason=str(error), log=str(member.log))
                elsewhere.append(Ran(member.number, outcome, begun=False, held=True))
        if not attempts:
            return elsewhere
        if assignment.plain is not None:
            return [*elsewhere, _run_plain(*attempts[0], assignment.plain, keepers[0])]
        return elsewhere + _run_stack(attempts, str(assignment.stack), keepers[0])


def _keepers(assignment: Assignment, held: ExitStack) -> list[Keeper]:
    """Give each member's keeper: the run's own folder, or the launcher at the other end."""
    if assignment.launcher is None:
        store, stopping = Store(assignment.store), _for_good(assignment.stop.asked)
        return [
            LocalKeeper(store.run(member.definition.identity), member.log, stopping)
            for member in assignment.members
        ]
    line = held.enter_context(Line(assignment.launcher))
    folder = held.enter_context(TemporaryDirectory(prefix="sweepstack-"))
    return [
        RemoteKeeper(
            line, member.definition.identity, Path(folder, str(member.number), member.log.name)
        )
        for member in assignment.members
    ]


def _for_good(asked: Callable[[], bool]) -> Callable[[], bool]:
    """Let what was asked once be asked ever after: the launcher takes the stop file with it."""
    heard = False

    def stopping() -> bool:
        nonlocal heard
        heard = heard or asked()
        return heard

    return stopping


def _edited(assignment: Assignment) -> str:
    """Say if the task's code is no longer that of the plan: its runs would be of two kinds."""
    afar = assignment.launcher is not None
    source = found_here(assignment.source) if afar else assignment.source
    if source is None:
        return ""  # a script, whose function came with the assignment
    # Members whose settings name the same code have the same fingerprint, taken once: 6 ms.
    named = {frozenset(targets_in(m.definition.config)): m.code for m in assignment.members}
    for targets, code in named.items():
        now = fingerprint(source, targets).digest
        if now != code:
            return (
                f"the code was edited after the sweep was planned ({code} is now {now}): the"
                " same command plans it anew"
            )
    return ""


def _attempt(
    assignment: Assignment,
    member: Member,
    keeper: Keeper,
    ledger: Ledger | None,
    leaving: Leaving,
) -> Attempt:
    started = Started(
        time_ms=now_ms(),
        pid=os.getpid(),
        host=socket.gethostname(),
        launch=assignment.launch,
        job=member.number,
        code=member.code,
        versions=versions() | {"blas": blas_kernels()},
        log=str(member.log),
    )
    return Attempt(
        keeper,
        member.definition,
        started=started,
        log=str(member.log),
        checkpoint_seconds=assignment.checkpoint_seconds,
        alone=assignment.plain is not None,
        ledger=ledger,
        leaving=leaving.at,
    )


def _run_stack(
    attempts: Sequence[tuple[Member, Attempt]], function: str, keeper: Keeper
) -> list[Ran]:
    run = load(function)
    settings = [dict(member.definition.config) for member, _ in attempts]
    try:
        with printed_to(keeper.log):
            run(settings, [attempt for _, attempt in attempts])
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the task raises is its runs' outcome
        for _, attempt in attempts:
            if attempt.outcome is None:
                attempt.fail_with(error)
    ran = []
    for member, attempt in attempts:
        if attempt.outcome is None:
            if keeper.stopping():
                attempt.interrupt()
            elif attempt.leaving:
                attempt.leave()
                ran.append(Ran(member.number, _LEFT, anew=True))
                continue
            else:
                attempt.fail(f"{function} returned without finishing this run: a bug in the task")
        ran.append(Ran(member.number, attempt.outcome or _not_begun()))
    return ran


def _run_plain(member: Member, attempt: Attempt, task: PlainTask, keeper: Keeper) -> Ran:
    from hydra.core.utils import JobStatus

    began = time.perf_counter()
    returned = None
    try:
        returned = task.run(attempt, keeper.log, keeper.place)
    except Interrupted:
        attempt.interrupt()
    except Exception as error:  # noqa: BLE001 - Hydra itself failed on this job: its outcome
        attempt.fail_with(error)
    else:
        if returned.status is JobStatus.COMPLETED:
            attempt.summary({"seconds": time.perf_counter() - began})
            attempt.finish(returned.return_value)
        else:
            # The property would print to stderr and raise it.
            attempt.fail_with(returned._return_value)  # noqa: SLF001
    outcome = attempt.outcome or _not_begun()
    if returned is not None:
        # The parent can make these again.
        returned.cfg = returned.hydra_cfg = None
    return Ran(member.number, outcome, returned if _travels(returned) else None)


def _travels(returned: "JobReturn | None") -> bool:
    """Say if a value can be sent to the parent: a task may return or raise what can't."""
    from joblib.externals.loky.backend.reduction import dumps

    try:
        # As joblib sends it: Hydra loads its plugins twice, and classes of the first are by value.
        pickle.loads(dumps(returned))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - any class may fail in its own way to be pickled
        return False
    return True


_LEFT = Outcome(RunState.INTERRUPTED, reason="its stack ended before it")


def _not_begun() -> Outcome:
    return Outcome(RunState.INTERRUPTED, reason="the sweep was stopping")


def load(name: str) -> Callable[..., Any]:
    """Import "module:function"."""
    module, _, function = name.partition(":")
    loaded: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return loaded
