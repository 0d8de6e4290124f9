"""A plain Hydra task in a worker: run as Hydra's own launchers do, its prints in its log."""

import pickle
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sweeps.output import drop_console_handlers, printed_to
from sweeps.run import Run, running

if TYPE_CHECKING:
    from hydra.core.utils import JobReturn
    from hydra.types import HydraContext, TaskFunction
    from omegaconf import DictConfig


@dataclass(frozen=True)
class PlainTask:
    """A Hydra task function and all that Hydra's own `run_job` needs, for one job.

    `config` is pickled, which takes a sixth of its memory. `registered`, pickled too, is what the
    user's script registered with Hydra and OmegaConf when it was started, which a worker, that does
    not start it, would not have.
    """

    function: "TaskFunction"
    config: bytes
    context: "HydraContext"
    registered: bytes

    @classmethod
    def of(
        cls,
        function: "TaskFunction",
        config: "DictConfig",
        context: "HydraContext",
        registered: bytes,
    ) -> Self:
        """Take along what `registered()` gave."""
        from joblib.externals.loky.backend.reduction import dumps

        return cls(function, bytes(dumps(config)), context, registered)

    def run(self, run: Run, log: Path, place: Path | None = None) -> "JobReturn":
        """Run it with `run` as its handle; its exception is in what is returned.

        Hydra's output goes to the folder `place`, or where the configuration has it.
        Raises what Hydra itself does, and Interrupted.
        """
        from hydra.core.singleton import Singleton
        from hydra.core.utils import run_job, setup_globals
        from omegaconf import open_dict, read_write
        from omegaconf.basecontainer import BaseContainer

        from sweeps.errors import RunFailed  # with Hydra's, of which a stack needs none

        setup_globals()
        singletons, resolvers = pickle.loads(self.registered)  # noqa: S301 - our own
        Singleton.set_state(singletons)
        BaseContainer._resolvers.update(resolvers)  # noqa: SLF001 - there is no other way

        config = pickle.loads(self.config)  # noqa: S301 - our own
        if place is not None:
            with read_write(config), open_dict(config):
                config.hydra.sweep.dir = str(place)
                config.hydra.sweep.subdir = "."

        @wraps(self.function)
        def function(config: Any) -> Any:
            drop_console_handlers(log)
            try:
                return self.function(config)
            except SystemExit as ending:
                if ending.code in (None, 0):
                    return None
                # Hydra would let it end the worker.
                msg = f"the task called sys.exit({ending.code!r})"
                raise RunFailed(msg) from ending

        with printed_to(log), running(run):
            return run_job(
                hydra_context=self.context,
                task_function=function,
                config=config,
                job_dir_key="hydra.sweep.dir",
                job_subdir_key="hydra.sweep.subdir",
            )


def registered() -> bytes:
    """Pickle what is registered in this process: once for all jobs, as it may be a lot."""
    from hydra.core.singleton import Singleton
    from joblib.externals.loky.backend.reduction import dumps

    return bytes(dumps((Singleton.get_state(), _resolvers())))


def _resolvers() -> dict[str, Any]:
    """Give the resolvers that are neither OmegaConf's nor Hydra's and can be sent to a worker."""
    from joblib.externals.loky.backend.reduction import dumps
    from omegaconf.basecontainer import BaseContainer

    sent = {}
    for name, resolver in BaseContainer._resolvers.items():  # noqa: SLF001 - there is no other way
        if name.startswith("oc.") or name in _HYDRAS:
            continue
        try:
            dumps(resolver)
        except Exception:  # noqa: BLE001, S112 - one that holds a lock, say: a run that uses it says so
            continue
        sent[name] = resolver
    return sent


_HYDRAS = frozenset({"hydra", "now", "python_version"})
