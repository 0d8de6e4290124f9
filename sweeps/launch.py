"""One launch of a sweep: a plan carried out, from the first assignment to Hydra's job returns."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from hydra.core.utils import JobReturn
from hydra.types import HydraContext, TaskFunction

from sweeps.assignment import Assignment, Member, Ran
from sweeps.attempt import now_ms
from sweeps.compose import current
from sweeps.devices import Devices
from sweeps.dot_hydra import Output
from sweeps.folders import Folders
from sweeps.job import Job
from sweeps.journal import is_held
from sweeps.keeper import Stop
from sweeps.ledger import Spent
from sweeps.plain import PlainTask, registered
from sweeps.plan import Plan
from sweeps.pool import NEVER, Pool, Repack, execute
from sweeps.preparing import Preparing
from sweeps.receiver import Kept, Receiver
from sweeps.records import Ended
from sweeps.repacking import Repacking
from sweeps.returned import returned
from sweeps.settings import LauncherSettings
from sweeps.state import RunState
from sweeps.store import Store
from sweeps.timeline import PLANNING, Timeline
from sweeps.watchdog import Watchdog

_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Launch:
    """Carries out `plan`. `label` is unique to it.

    `on_stop` is called when it is asked to stop, `say` with what no journal tells: which runs it
    waits for, and why some did not begin.
    """

    plan: Plan
    store: Store
    label: str
    settings: LauncherSettings
    pool: Pool
    folders: Folders
    context: HydraContext
    function: TaskFunction
    on_stop: Callable[[], None]
    say: Callable[[str], None]
    timeline: Timeline

    @property
    def stop(self) -> Path:
        """The file whose presence tells the workers to checkpoint and stop."""
        return self.store.sweep(self.plan.key) / f"stop-{self.label}"

    def run(self) -> list[JobReturn]:
        """Run everything that the plan wants run; one return for each job, in the jobs' order."""
        assignments = [self._assignment(jobs) for jobs in self.plan.stacks]
        ran: dict[int, Ran] = {}
        begun: set[int] = set()
        spent: list[Spent] = []
        self.stop.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as until_the_end:
            until_the_end.callback(lambda: self.stop.unlink(missing_ok=True))
            until_the_end.enter_context(self._stopping_on_signals())
            if self.settings.timeout is not None:
                folders = [
                    self.store.run(job.identity) for jobs in self.plan.stacks for job in jobs
                ]
                until_the_end.enter_context(Watchdog(folders, self.label, self.settings.timeout))
            pool, repack, assignments = self._equipped(assignments, until_the_end)
            self.timeline.mark(PLANNING)
            while assignments:
                for one in execute(
                    assignments,
                    self.plan.workers,
                    self.settings.attempts,
                    self._regroup,
                    pool,
                    repack,
                ):
                    if one.spent is not None:
                        spent.append(one.spent)
                    if one.begun:
                        begun.add(one.number)
                    if one.anew:
                        continue
                    ran[one.number] = self._settled(one)
                    if self.settings.fail_fast and one.outcome.state is RunState.FAILED:
                        self.stop.touch()
                assignments = self._when_free(assignments, ran)
            if self.plan.stacks:
                self.timeline.mark_worked(self.plan.workers, spent)
            self._tell_not_run(ran, begun)
        return [self._returned(job, ran) for job in self.plan.jobs]

    def _equipped(
        self, assignments: list[Assignment], until_the_end: ExitStack
    ) -> tuple[Pool, Repack, list[Assignment]]:
        """Give what runs assignments, and what ends stacks early, with what those then know."""
        if self.pool.host is not None:
            prepared = list(map(self._prepared, assignments))
            received = until_the_end.enter_context(self._received(self.pool.host, prepared))
            return self.pool, NEVER, received
        pool = Preparing(self.pool, self._prepared)
        if self.plan.task.stack is None:
            return pool, NEVER, assignments
        repacking = until_the_end.enter_context(self._repacking())
        return pool, repacking, repacking.equipped(assignments)

    def _repacking(self) -> Repacking:
        return Repacking(
            self.store,
            self.stop.parent,
            self.label,
            self.plan.jobs_by_number,
            self.plan.room,
            self._by_step,
        )

    def _assignment(self, jobs: Sequence[Job]) -> Assignment:
        """Say what is to be run, but for what `_prepared` adds to it."""
        declared = self.plan.task.stack
        return Assignment(
            members=tuple(Member(job.number, job.definition, job.code) for job in jobs),
            source=self.plan.source,
            stack=declared.run if declared else None,
            store=self.store.root,
            launch=self.label,
            stop=Stop(self.stop, os.getpid()),
            checkpoint_seconds=self.settings.checkpoint_seconds,
            profile=self.settings.profile,
            devices=Devices(
                tuple(self.settings.devices or ()), self.plan.workers, str(os.getpid())
            ),
        )

    def _prepared(self, assignment: Assignment) -> Assignment:
        """Make the jobs' output folders, with their `.hydra/`, and a plain task's configuration."""
        if self.stop.exists():
            return assignment  # which no worker begins
        plain = None
        members = []
        for member in assignment.members:
            job = self.plan.jobs_by_number[member.number]
            run = self.store.run(job.identity)
            if assignment.stack is None:
                config = self.folders.take(job, run)
                with current(config):
                    output = Output.of(config)
                plain = PlainTask.of(self.function, config, self.context, self._registered)
            else:
                output, whole = self.folders.take_written(job, run)
                # Hydra's own run_job does this for a plain task, in the worker.
                output.save(whole)
            members.append(replace(member, log=output.log))
        return replace(assignment, members=tuple(members), plain=plain)

    @cached_property
    def _registered(self) -> bytes:
        return registered()

    @contextmanager
    def _received(self, host: str, assignments: list[Assignment]) -> Iterator[list[Assignment]]:
        """Listen to the workers on other machines; they are told where."""
        runs = {
            member.definition.identity: Kept(self.store.run(member.definition.identity), member.log)
            for assignment in assignments
            for member in assignment.members
        }
        with Receiver(host, runs, self.stop.exists) as receiver:
            yield [replace(one, launcher=receiver.address) for one in assignments]

    def _when_free(
        self, assignments: Sequence[Assignment], ran: dict[int, Ran]
    ) -> list[Assignment]:
        """Wait for runs that another process is at; give what it leaves to be done of them."""
        held = {number for number, one in ran.items() if one.held}
        left = []
        for assignment in assignments:
            members = tuple(member for member in assignment.members if member.number in held)
            for member in members:
                lock = self.store.run(member.definition.identity).lock
                if is_held(lock):
                    self.say(ran[member.number].outcome.reason)
                while is_held(lock) and not self.stop.exists():
                    time.sleep(_LOOK_SECONDS)
                if not self.stop.exists():
                    # What the other made of it is in the journal.
                    del ran[member.number]
            if members and not self.stop.exists():
                left += self._regroup(replace(assignment, members=members))
        return left

    def _tell_not_run(self, ran: Mapping[int, Ran], begun: Collection[int]) -> None:
        """Say why runs did not begin, or did not go on: some had left a stack, and waited."""
        reasons = Counter(
            ("go on" if one.number in begun else "begin", one.outcome.reason)
            for one in ran.values()
            if not one.begun
        )
        for (what, reason), count in reasons.items():
            self.say(f"{count} {'run' if count == 1 else 'runs'} did not {what}: {reason}")

    def _regroup(self, assignment: Assignment) -> list[Assignment]:
        """Part an assignment's members without an outcome by the step they can go on from."""
        return [
            replace(assignment, members=tuple(members))
            for members in self._by_step(assignment).values()
        ]

    def _by_step(self, assignment: Assignment) -> dict[int | None, list[Member]]:
        left: dict[int | None, list[Member]] = {}
        for member in assignment.members:
            folder = self.store.run(member.definition.identity)
            record = folder.headline()
            if record.outcome is None:
                left.setdefault(folder.resumes_from(record), []).append(member)
        return left

    def _settled(self, ran: Ran) -> Ran:
        """Journal an outcome that the worker could not, as it is dead; it says where the log is."""
        job = self.plan.jobs_by_number[ran.number]
        folder = self.store.run(job.identity)
        if ran.outcome.state is not RunState.FAILED or folder.headline().outcome is not None:
            return ran
        config = self.folders.config(job)
        with current(config):
            outcome = replace(ran.outcome, log=str(Output.of(config).log))
        with folder.writer() as writer:
            writer.append(Ended(now_ms(), outcome))
        return replace(ran, outcome=outcome)

    @contextmanager
    def _stopping_on_signals(self) -> Iterator[None]:
        """Take the first Ctrl-C or SIGTERM as a wish to stop, the second as an order."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        asked = False

        def stop(_signal: int, _frame: object) -> None:
            nonlocal asked  # not by the file, which fail_fast makes too
            if asked:
                self.pool.kill()
                raise KeyboardInterrupt
            asked = True
            self.stop.touch()
            self.on_stop()

        before = {kind: signal.signal(kind, stop) for kind in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    def _returned(self, job: Job, ran: dict[int, Ran]) -> JobReturn:
        one = ran.get(job.number)
        outcome = one.outcome if one is not None else None
        if outcome is None:
            # Reused: the value that the finished run had.
            outcome = self.store.run(job.identity).headline().outcome
        configuration = partial(self.folders.config, job)
        return returned(job, configuration, outcome, one.returned if one is not None else None)
