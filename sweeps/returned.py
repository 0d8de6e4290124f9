"""What Hydra is told of a job: a `JobReturn` whose configurations are made when asked for."""

from collections.abc import Callable
from pathlib import Path

from hydra.core.utils import JobReturn, JobRuntime, JobStatus
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from sweeps.dot_hydra import Output
from sweeps.errors import RunFailed
from sweeps.job import Job
from sweeps.state import Outcome, RunState


class Returned(JobReturn):
    """A job that was run or reused; the two configurations of one take 100 KB."""

    def __init__(self, job: Job, configuration: Callable[[], DictConfig]) -> None:
        self._configuration = configuration
        super().__init__(
            overrides=list(job.composed.overrides),
            working_dir=str(Path.cwd()),
            task_name=JobRuntime.instance().get("name"),
        )

    @property
    def cfg(self) -> DictConfig:
        """The task's own configuration."""
        config = self._configuration()
        with read_write(config), open_dict(config):
            del config["hydra"]
        return config

    @cfg.setter
    def cfg(self, _: object) -> None:
        """Ignore the dataclass's default."""

    @property
    def hydra_cfg(self) -> DictConfig:
        """Hydra's part, with the output folder."""
        config = self._configuration()
        Output.of(config)
        hydra: DictConfig = OmegaConf.masked_copy(config, ["hydra"])
        return hydra

    @hydra_cfg.setter
    def hydra_cfg(self, _: object) -> None:
        """Ignore the dataclass's default."""


def returned(
    job: Job,
    configuration: Callable[[], DictConfig],
    outcome: Outcome | None,
    ran: JobReturn | None,
) -> JobReturn:
    """Say how a job went: as a plain task that `ran` has it, else by its outcome.

    `configuration` makes the whole configuration that the job has in its launch.
    """
    told = Returned(job, configuration)
    told.status = JobStatus.FAILED
    if ran is not None:
        told.status, told.working_dir, told.task_name = ran.status, ran.working_dir, ran.task_name
        told.return_value = ran._return_value  # noqa: SLF001 - the property would raise it
    elif outcome is not None and outcome.state is RunState.FINISHED:
        told.status = JobStatus.COMPLETED
        told.return_value = outcome.value
    else:
        told.return_value = RunFailed(outcome.reason if outcome else "not run")
    return told
