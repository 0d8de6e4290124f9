"""Our Hydra sweeper: Hydra's own grid, planned as a whole before anything runs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobStatus, setup_globals
from omegaconf import OmegaConf

from sweeps.errors import SweepFailed, plan_error
from sweeps.launcher import Launcher

if TYPE_CHECKING:
    from hydra.core.utils import JobReturn
    from hydra.types import HydraContext
    from omegaconf import DictConfig

    from sweeps.compose import Composed


class Sweeper(BasicSweeper):
    """`hydra/sweeper=sweepstack`; its settings are the fields of `SweeperSettings`."""

    def sweep(self, arguments: list[str]) -> Any:
        """Expand the grid, compose and check all of it, then run it; raise once all have ended.

        With a launcher that isn't ours this is Hydra's own sweep.
        """
        if not isinstance(self.launcher, Launcher):
            return super().sweep(arguments)
        context, config = self.hydra_context, self.config
        if context is None or config is None:
            msg = "Hydra calls setup before sweep"
            raise RuntimeError(msg)
        setup_globals()
        # Resolved once, here: every job's copy of ${now:...} is this one.
        _ = config.hydra.sweep.dir
        parser = OverridesParser.create(config_loader=context.config_loader)
        overrides = parser.parse_overrides([*self._parse_config(), *arguments])
        batches = self.split_arguments(overrides, self.max_batch_size)
        jobs = [job for batch in batches for job in batch]
        self.launcher.expect(len(jobs))
        grid = _compose(context, config, jobs)
        returns: list[Sequence[JobReturn]] = []
        begun = 0
        for batch in batches:
            returns.append(self.launcher.run(grid[begun : begun + len(batch)]))
            begun += len(batch)
            if self.launcher.stopped:
                break
        self.launcher.answer()
        if not self.launcher.dry_run:
            _raise_if_any_failed(returns, len(grid))
            # Reports read MLflow, so what comes after this command must not begin.
            if self.launcher.undelivered:
                msg = "All runs are finished, but MLflow does not have all of them: see above."
                raise SweepFailed(msg)
        return returns


def _compose(
    context: "HydraContext", config: "DictConfig", jobs: Sequence[Sequence[str]]
) -> "list[Composed]":
    from sweeps.compose import compose

    grid = compose(context, config, jobs, 0)
    own = OmegaConf.select(config, "hydra.sweeper.params")
    for job in grid:
        if job.recipe.base.params != own:
            fault = (
                f"the job {' '.join(job.overrides)} brings hydra.sweeper.params of its own,"
                " which Hydra would ignore: give a configuration that sweeps by itself, not swept"
            )
            raise plan_error([fault])
    return grid


def _raise_if_any_failed(returns: "Sequence[Sequence[JobReturn]]", wanted: int) -> None:
    runs = [run for batch in returns for run in batch]
    failed = wanted - sum(run.status is JobStatus.COMPLETED for run in runs)
    if failed:
        msg = f"{failed} of {wanted} runs did not finish: their reasons and logs stand above."
        raise SweepFailed(msg)
