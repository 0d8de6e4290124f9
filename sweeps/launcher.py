"""Our Hydra launcher: takes jobs from any sweeper, plans them, runs them and accounts for them."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.utils import configure_log, setup_globals
from hydra.plugins.launcher import Launcher as HydraLauncher
from omegaconf import OmegaConf

from sweeps.errors import plan_error
from sweeps.settings import LauncherSettings, faults, usable_cpus

if TYPE_CHECKING:
    from hydra.core.utils import JobReturn
    from hydra.types import HydraContext, TaskFunction
    from omegaconf import DictConfig
    from rich.console import Console

    from sweeps.compose import Composed
    from sweeps.plan import Plan
    from sweeps.provenance import Commit
    from sweeps.store import Store


class Launcher(LauncherSettings, HydraLauncher):
    """`hydra/launcher=sweepstack`; its settings are the fields of `LauncherSettings`."""

    def setup(
        self,
        *,
        hydra_context: "HydraContext",
        task_function: "TaskFunction",
        config: "DictConfig",
    ) -> None:
        self._context = hydra_context
        self._function = task_function
        self._config = config
        found = faults(self)
        if found:
            raise plan_error([f"hydra.launcher.{fault}" for fault in found])

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence["JobReturn"]:
        """Compose and run the jobs of any sweeper of Hydra's."""
        from sweeps.compose import compose

        setup_globals()
        return self.run(compose(self._context, self._config, job_overrides, initial_job_idx))

    def run(self, jobs: Sequence["Composed"]) -> list["JobReturn"]:
        """Plan and run jobs that are composed; with dry_run only print the plan, and return none."""
        from rich import console as terminal

        from sweeps.plan import prepare
        from sweeps.provenance import commit
        from sweeps.store import Store

        configure_log(self._config.hydra.hydra_logging, self._config.hydra.verbose)
        here = commit(Path.cwd())
        store = Store(Path(self.store).absolute())
        plan = self._plan(jobs, store, here)
        console = terminal.Console()
        if self.dry_run:
            from sweeps.table import plan_table

            console.print(plan_table(plan))
            return []
        prepare(plan.task, plan.planned)
        self._write_multirun()
        return self._carry_out(plan, store, here, console)

    def _plan(self, jobs: Sequence["Composed"], store: "Store", here: "Commit") -> "Plan":
        from sweeps import plan
        from sweeps.compose import request
        from sweeps.job import identify
        from sweeps.task import declaration

        task = declaration(self._function)
        asked = request(self._config, task.excluded)
        source, code, key, identified = identify(
            self._function, task, jobs, asked, name=self.name, commit=here
        )
        planned = plan.decide(identified, store, reuse=self.reuse != "none")
        workers = self.workers or usable_cpus()
        return plan.Plan(
            key=key,
            name=self.name or asked.title(),
            task=task,
            source=source,
            code=code,
            workers=workers,
            planned=tuple(planned),
            stacks=plan.stack(planned, workers),
        )

    def _write_multirun(self) -> None:
        """Keep the sweep's own configuration at the top of its folder, as Hydra's sweeper does."""
        folder = Path(str(self._config.hydra.sweep.dir))
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self._config, folder / "multirun.yaml")

    def _carry_out(
        self, plan: "Plan", store: "Store", here: "Commit", console: "Console"
    ) -> list["JobReturn"]:
        from sweeps.answer import show
        from sweeps.attempt import now_ms
        from sweeps.delivery import Delivery
        from sweeps.launch import Launch
        from sweeps.launches import LaunchRecord, Wanted
        from sweeps.progress import Progress
        from sweeps.results import Results

        experiment = self.experiment or str(self._config.hydra.job.name)
        delivery = Delivery(
            plan,
            store,
            tracking_uri=self.tracking_uri,
            experiment=experiment,
            command=command(),
            commit=here,
        )
        # Sorts by time, and is unique also between launches in one instant.
        label = f"{now_ms():013d}-{os.getpid()}"
        store.create()
        LaunchRecord(
            label=label,
            time_ms=now_ms(),
            folder=str(Path.cwd()),
            command=command(),
            name=plan.name,
            uri=delivery.uri,
            experiment=experiment,
            jobs=tuple(Wanted(job.number, job.identity, job.definition.name) for job in plan.jobs),
        ).save(store.sweep(plan.key))
        with delivery, Progress(plan, store, workers=plan.workers) as progress:
            returned = Launch(
                plan=plan,
                store=store,
                label=label,
                attempts=self.attempts,
                checkpoint_seconds=self.checkpoint_seconds,
                context=self._context,
                function=self._function,
                on_stop=progress.stopping,
            ).run()
        show(Results.read(plan, store), console, delivery.uri)
        if delivery.problem is not None:
            console.print(delivery.problem, markup=False, highlight=False)
        return returned


def command() -> str:
    """Give the command line of this process as one would type it again."""
    import shlex

    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    program = ["-m", spec.name] if spec is not None else [sys.argv[0]]
    return shlex.join(["python", *program, *sys.argv[1:]])
