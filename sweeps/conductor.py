"""A launch from jobs to answer: plan them, have them run and delivered, say what came of it."""

import os
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hydra.core.utils import JobReturn, JobStatus
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from sweeps.adopt import adopt
from sweeps.answer import show
from sweeps.attempt import now_ms
from sweeps.compose import Composed, request
from sweeps.consignment import Consignment
from sweeps.deleted import forgotten, forgotten_in
from sweeps.errors import PlanError, SweepFailed
from sweeps.filesystem import mounts, warning
from sweeps.fingerprint import locate
from sweeps.folders import Folders
from sweeps.foresight import show_plan
from sweeps.job import identify
from sweeps.journal import JournalError
from sweeps.launch import Launch
from sweeps.launches import LaunchRecord
from sweeps.memory import parse
from sweeps.packing import Room
from sweeps.plan import Plan, prepare, stack
from sweeps.pool import pool_of
from sweeps.profile import show_profile
from sweeps.progress import Progress
from sweeps.provenance import commit, installed, user
from sweeps.results import Results
from sweeps.reuse import Policy, decide
from sweeps.settings import LauncherSettings
from sweeps.store import store_of, stores
from sweeps.task import declaration
from sweeps.timeline import ANSWER, DATA, DELIVERY, PLANNING, Timeline
from sweeps.uris import absolute_uri
from sweeps.writer import Writer


class Conductor:
    """Conducts a launch of one task, in the current folder: whole, or in a sweeper's batches.

    `stopped`: it was asked to stop, and runs nothing more. `problem`: why MLflow does not have all
    that was run, in a sentence, or None.
    """

    def __init__(
        self,
        settings: LauncherSettings,
        context: HydraContext,
        function: TaskFunction,
        config: DictConfig,
        folders: Folders,
        writer: Writer,
        *,
        reads_values: bool,
        timeline: Timeline,
    ) -> None:
        """`reads_values`: the sweeper looks at what the runs return."""
        self._settings = settings
        self._context = context
        self._function = function
        self._config = config
        self._folders = folders
        self._reads_values = reads_values
        self._timeline = timeline
        self._pool = pool_of(settings)
        self._commit = commit(locate(function))
        self._experiment = settings.experiment or str(config.hydra.job.name)
        self._uri = absolute_uri(settings.tracking_uri, Path.cwd())
        self._root = Path(settings.store).absolute()
        self._store = store_of(self._root, self._experiment)
        self._console = Console()
        self._writer = writer
        self._launch: LaunchRecord | None = None
        self._told: LaunchRecord | None = None
        self.problem: str | None = None
        self.stopped = False

    def run(self, jobs: Sequence[Composed]) -> list[JobReturn]:
        """Plan and run the jobs; with dry_run only print the plan, and return none."""
        try:
            plan = self._plan(jobs)
            if self._settings.dry_run:
                show_plan(plan, self._store, self._console)
                return []
            self._store.create()
            warned = warning(self._root, self._uri, mounts())
            if warned and self._launch is None:
                self._console.print(warned, markup=False, highlight=False, soft_wrap=True)
            self._timeline.mark(PLANNING)
            prepare(plan.task, plan.planned)
            self._timeline.mark(DATA)
            for one in plan.planned:
                if one.source is not None:
                    adopt(one.source, self._store.run(one.job.identity))
            self._write_multirun()
            return self._carry_out(plan)
        except (JournalError, OSError) as error:
            msg = f"{error}: nothing more was run; what was journaled holds"
            raise PlanError(msg) from error
        except KeyboardInterrupt:
            msg = "Stopped at once: the same command goes on from the last checkpoints."
            raise SweepFailed(msg) from None

    def _plan(self, jobs: Sequence[Composed]) -> Plan:
        settings = self._settings
        task = declaration(self._function)
        asked = request(self._config, task.excluded)
        identified = identify(
            self._function,
            task,
            jobs,
            asked,
            name=settings.name,
            commit=self._commit,
            accept_code=settings.accept_code,
        )
        others = [other for other in stores(self._root) if other.root != self._store.root]
        gone = forgotten_in(others) if settings.reuse == "all" else {}
        gone[self._store.root] = forgotten(self._uri, self._experiment, self._store)
        policy = Policy(
            settings.reuse,
            settings.rerun,
            settings.retry == "failed",
            values=self._reads_values,
            forgotten=gone,
        )
        planned = decide(identified.jobs, self._store, others, policy)
        workers = settings.workers or self._pool.width()
        room = Room(task.stack.width if task.stack else 1, self._memory(workers))
        return Plan(
            key=identified.key,
            name=settings.name or asked.title(),
            task=task,
            source=identified.source,
            code=identified.code,
            workers=workers,
            room=room,
            planned=tuple(planned),
            stacks=stack(planned, workers, room),
        )

    def _memory(self, workers: int) -> float:
        asked = self._settings.memory_per_worker
        return self._pool.memory(workers) if asked is None else parse(asked)

    def _write_multirun(self) -> None:
        """Keep the sweep's own configuration at the top of its folder, as Hydra's sweeper does."""
        OmegaConf.save(self._config, self._folders.claim() / "multirun.yaml")

    def _carry_out(self, plan: Plan) -> list[JobReturn]:
        launch = self._launch = self._record(plan)
        files = {"versions.txt": installed()}
        if self._commit.diff:
            files["dirty.diff"] = self._commit.diff
        launch.save(self._store.sweep(plan.key), files)
        display = Progress(
            plan, self._store, workers=plan.workers, problem=lambda: self._writer.problem
        )
        # The display lasts until all is delivered, which may take longer than the last run.
        delivering = self._writer.delivering(Consignment.of(plan, self._store, launch))
        with display as progress, delivering:

            def stopping() -> None:
                self.stopped = True
                progress.stopping()

            returned = Launch(
                plan=plan,
                store=self._store,
                label=launch.label,
                settings=self._settings,
                pool=self._pool,
                folders=self._folders,
                context=self._context,
                function=self._function,
                on_stop=stopping,
                say=progress.note,
                timeline=self._timeline,
            ).run()
            progress.delivering()
        self._timeline.mark(DELIVERY)
        self._timeline.written = self._writer.processor
        if self._settings.fail_fast:
            self.stopped |= any(one.status is JobStatus.FAILED for one in returned)
        # What one batch left undelivered, the next does not deliver.
        self.problem = self._writer.problem or self.problem
        return returned

    def answer(self) -> None:
        """Say what came of all that was run so far, unless that was said already."""
        launch = self._launch
        if launch is None or launch is self._told:
            return
        self._told = launch
        self._writer.close()
        one_seed = declaration(self._function).one_seed
        show(Results.read(launch, self._store), self._console, launch.uri, one_seed)
        if self.problem is not None:
            console = self._console
            wrapped = console.is_terminal  # a file or a pipe has no width
            console.print(self.problem, markup=False, highlight=False, soft_wrap=not wrapped)
        self._timeline.mark(ANSWER)
        if self._settings.profile:
            show_profile(self._timeline, self._console)

    def _record(self, plan: Plan) -> LaunchRecord:
        wanted = tuple(planned.wanted for planned in plan.planned)
        if self._launch is not None:
            return replace(self._launch, jobs=self._launch.jobs + wanted)
        now = now_ms()
        return LaunchRecord(
            # Sorts by time, and is unique also between launches in one instant.
            label=f"{now:013d}-{os.getpid()}",
            time_ms=now,
            sweep=plan.key,
            name=plan.name,
            folder=str(Path.cwd()),
            store=str(self._root),
            command=command(),
            retry=retry_override(self._config),
            user=user(),
            uri=self._uri,
            experiment=self._experiment,
            code=plan.code,
            tags=self._commit.tags(),
            columns=plan.task.columns,
            seed_keys=plan.task.seed_keys,
            jobs=wanted,
        )


def retry_override(config: DictConfig) -> str:
    """Give the override that trains failed runs again, by the app's own key for it if it has one.

    That is the key to which the app's configuration refers in hydra.launcher.retry.
    """
    written = OmegaConf.to_container(config.hydra.launcher, resolve=False)
    value = written.get("retry") if isinstance(written, dict) else None
    refers = re.fullmatch(r"\$\{([\w.]+)\}", str(value))
    return f"{refers[1] if refers else 'hydra.launcher.retry'}=failed"


def command() -> str:
    """Give the command line of this process as one would type it again."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    program = ["-m", spec.name] if spec is not None else [sys.argv[0]]
    return shlex.join(["python", *program, *sys.argv[1:]])
