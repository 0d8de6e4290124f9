"""Our Hydra launcher: thin, as Hydra imports it at every start; the work is in `conductor`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hydra.core.utils import configure_log, setup_globals
from hydra.plugins.launcher import Launcher as HydraLauncher

from sweeps.errors import plan_error
from sweeps.settings import LauncherSettings, faults

if TYPE_CHECKING:
    from hydra.core.utils import JobReturn
    from hydra.types import HydraContext, TaskFunction
    from omegaconf import DictConfig

    from sweeps.compose import Composed


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

    def run(self, jobs: Sequence["Composed"]) -> Sequence["JobReturn"]:
        """Plan and run jobs that are composed; with dry_run only print the plan."""
        from sweeps.conductor import Conductor

        configure_log(self._config.hydra.hydra_logging, self._config.hydra.verbose)
        return Conductor(self, self._context, self._function, self._config).run(jobs)
