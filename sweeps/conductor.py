"""A launch from jobs to answer: plan them, have them run and delivered, say what came of it."""

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from hydra.core.utils import JobReturn
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from sweeps.adopt import adopt
from sweeps.answer import show
from sweeps.attempt import now_ms
from sweeps.compose import Composed, request
from sweeps.delivery import Delivery
from sweeps.errors import PlanError
from sweeps.foresight import show_plan
from sweeps.job import identify
from sweeps.journal import JournalError
from sweeps.launch import Launch
from sweeps.launches import LaunchRecord, Wanted
from sweeps.plan import Plan, prepare, stack
from sweeps.progress import Progress
from sweeps.provenance import commit
from sweeps.results import Results
from sweeps.reuse import Policy, decide
from sweeps.settings import LauncherSettings, usable_cpus
from sweeps.store import store_of, stores
from sweeps.task import declaration


class Conductor:
    """Conducts launches of one task with one set of settings, in the current folder."""

    def __init__(
        self,
        settings: LauncherSettings,
        context: HydraContext,
        function: TaskFunction,
        config: DictConfig,
    ) -> None:
        self._settings = settings
        self._context = context
        self._function = function
        self._config = config
        self._commit = commit(Path.cwd())
        self._experiment = settings.experiment or str(config.hydra.job.name)
        self._root = Path(settings.store).absolute()
        self._store = store_of(self._root, self._experiment)
        self._console = Console()

    def run(self, jobs: Sequence[Composed]) -> list[JobReturn]:
        """Plan and run the jobs; with dry_run only print the plan, and return none."""
        plan = self._plan(jobs)
        if self._settings.dry_run:
            show_plan(plan, self._store, self._console)
            return []
        try:
            self._store.create()
            prepare(plan.task, plan.planned)
            for one in plan.planned:
                if one.source is not None:
                    adopt(one.source, self._store.run(one.job.identity))
            self._write_multirun()
            return self._carry_out(plan)
        except (JournalError, OSError) as error:
            msg = f"{error}: nothing more was run; what was journaled holds"
            raise PlanError(msg) from error

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
        policy = Policy(settings.reuse, settings.rerun, settings.retry == "failed")
        others = [other for other in stores(self._root) if other.root != self._store.root]
        planned = decide(identified.jobs, self._store, others, policy)
        workers = settings.workers or usable_cpus()
        return Plan(
            key=identified.key,
            name=settings.name or asked.title(),
            task=task,
            source=identified.source,
            code=identified.code,
            workers=workers,
            planned=tuple(planned),
            stacks=stack(planned, workers),
        )

    def _write_multirun(self) -> None:
        """Keep the sweep's own configuration at the top of its folder, as Hydra's sweeper does."""
        folder = Path(str(self._config.hydra.sweep.dir))
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self._config, folder / "multirun.yaml")

    def _carry_out(self, plan: Plan) -> list[JobReturn]:
        settings = self._settings
        delivery = Delivery(
            plan,
            self._store,
            tracking_uri=settings.tracking_uri,
            experiment=self._experiment,
            command=command(),
            commit=self._commit,
        )
        # Sorts by time, and is unique also between launches in one instant.
        label = f"{now_ms():013d}-{os.getpid()}"
        LaunchRecord(
            label=label,
            time_ms=now_ms(),
            folder=str(Path.cwd()),
            command=command(),
            name=plan.name,
            uri=delivery.uri,
            experiment=self._experiment,
            jobs=tuple(Wanted(job.number, job.identity, job.definition.name) for job in plan.jobs),
        ).save(self._store.sweep(plan.key))
        with delivery, Progress(plan, self._store, workers=plan.workers) as progress:
            returned = Launch(
                plan=plan,
                store=self._store,
                label=label,
                settings=settings,
                context=self._context,
                function=self._function,
                on_stop=progress.stopping,
            ).run()
        show(Results.read(plan, self._store), self._console, delivery.uri)
        if delivery.problem is not None:
            self._console.print(delivery.problem, markup=False, highlight=False)
        return returned


def command() -> str:
    """Give the command line of this process as one would type it again."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    program = ["-m", spec.name] if spec is not None else [sys.argv[0]]
    return shlex.join(["python", *program, *sys.argv[1:]])
