"""Our Hydra launcher: thin, as Hydra imports it at every start; the work is in `conductor`."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.utils import JobStatus, configure_log, setup_globals
from hydra.experimental.callback import Callback
from hydra.plugins.launcher import Launcher as HydraLauncher

from sweeps import head_start
from sweeps.errors import SweepFailed, plan_error
from sweeps.settings import LauncherSettings, faults
from sweeps.task import declaration
from sweeps.timeline import START, Timeline
from sweeps.uris import absolute_uri
from sweeps.writer import Writer

if TYPE_CHECKING:
    from hydra.core.utils import JobReturn
    from hydra.types import HydraContext, TaskFunction
    from omegaconf import DictConfig

    from sweeps.compose import Composed
    from sweeps.conductor import Conductor
    from sweeps.folders import Folders

_OUR_SWEEPER = "hydra_plugins.sweepstack.SweepstackSweeper"


class Launcher(LauncherSettings, HydraLauncher):
    """`hydra/launcher=sweepstack`; its settings are the fields of `LauncherSettings`."""

    def setup(
        self,
        *,
        hydra_context: "HydraContext",
        task_function: "TaskFunction",
        config: "DictConfig",
    ) -> None:
        """Take what Hydra has; raises `PlanError` with all that is wrong with the settings."""
        self._context = hydra_context
        self._function = task_function
        self._config = config
        self._conductor: Conductor | None = None
        self._timeline = Timeline(_process_began() if self.profile else time.time())
        self._timeline.mark(START)
        self._folders: Folders | None = None
        self._writer = Writer()
        found = faults(self)
        if found:
            raise plan_error([f"hydra.launcher.{fault}" for fault in found])
        if not self.dry_run and config.hydra.sweeper._target_ != _OUR_SWEEPER:
            # Hydra's sweepers make the sweep's folder, there or not, before they launch anything.
            self._own_folders().claim()
        if self.backend == "loky" and not self.dry_run:
            stack = declaration(task_function).stack
            own = [stack.run.partition(":")[0]] if stack else []
            head_start.begin(self.workers, own)

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence["JobReturn"]:
        """Compose and run the jobs of any sweeper of Hydra's, which may come in batches.

        The answer is given when Hydra says that the sweep has ended, or, as it doesn't after a
        failure, at once.
        """
        from sweeps.compose import compose

        setup_globals()
        self.expect(len(job_overrides))
        jobs = compose(self._context, self._config, job_overrides, initial_job_idx)
        if self._conductor is None:
            self._context.callbacks.callbacks.append(_AtTheEnd(self))
        returned = self._run(jobs, reads_values=True)
        if self.dry_run:
            sys.exit()  # there are no values to give to a sweeper that wants some
        if any(one.status is not JobStatus.COMPLETED for one in returned):
            self.answer()
        if self.stopped:
            msg = "The sweep was stopped: the same command goes on with it."
            raise SweepFailed(msg)
        return returned

    def expect(self, jobs: int) -> None:
        """Get ready to run so many jobs, while they are composed."""
        if not self.dry_run:
            self._writer.head_start(jobs, absolute_uri(self.tracking_uri, Path.cwd()))

    def run(self, jobs: Sequence["Composed"]) -> Sequence["JobReturn"]:
        """Plan and run composed jobs whose values nobody reads; with dry_run print the plan."""
        return self._run(jobs, reads_values=False)

    def _run(self, jobs: Sequence["Composed"], *, reads_values: bool) -> Sequence["JobReturn"]:
        from sweeps.conductor import Conductor

        configure_log(self._config.hydra.hydra_logging, self._config.hydra.verbose)
        if self._conductor is None:
            self._conductor = Conductor(
                self,
                self._context,
                self._function,
                self._config,
                self._own_folders(),
                self._writer,
                reads_values=reads_values,
                timeline=self._timeline,
            )
        return self._conductor.run(jobs)

    def _own_folders(self) -> "Folders":
        from sweeps.folders import Folders

        if self._folders is None:
            setup_globals()
            self._folders = Folders(self._config)
        return self._folders

    @property
    def stopped(self) -> bool:
        """Whether it was asked to stop, and runs nothing more."""
        return self._conductor is not None and self._conductor.stopped

    @property
    def undelivered(self) -> bool:
        """Whether MLflow does not have all that was run."""
        return self._conductor is not None and self._conductor.problem is not None

    def answer(self) -> None:
        """Say what came of all batches so far."""
        if self._conductor is not None:
            self._conductor.answer()


def _process_began() -> float:
    """Give the time at which this process began, in seconds since the epoch."""
    import psutil

    created = float(psutil.Process().create_time())
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return created
    # Linux counts from the boot, whose own time psutil has to the second only.
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - (created - psutil.boot_time())
    return time.time() - age


class _AtTheEnd(Callback):
    """Has the answer given at the end of a sweep; in a worker, to which Hydra sends it, nothing."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher

    def on_multirun_end(self, config: "DictConfig", **_: Any) -> None:  # noqa: ARG002 - by name
        self._launcher.answer()
        if self._launcher.undelivered:
            sys.exit(1)  # Hydra makes a warning of an exception

    def __reduce__(self) -> tuple[type[Callback], tuple[()]]:
        return Callback, ()
