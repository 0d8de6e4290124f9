"""From lists of overrides to composed configurations, with all errors of all jobs."""

import threading
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import HydraContext
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sweeps.composer import REFUSALS, Composer, Recipe
from sweeps.errors import plan_error
from sweeps.volatile import volatile_keys

_one_at_a_time = threading.RLock()


@dataclass(frozen=True)
class Composed:
    """One job as Hydra composed it, without its configuration, which is large: made when asked for.

    `settings`: the task's own configuration, resolved, as plain containers. `volatile`: its dotted
    keys that change from launch to launch. `choices`: the option chosen of each group.
    """

    number: int
    overrides: tuple[str, ...]
    recipe: Recipe
    settings: dict[str, Any]
    volatile: frozenset[str]
    # What resolvers that cache gave for the settings, so that the run gets it too.
    _cache: Mapping[str, Any]

    @property
    def config(self) -> DictConfig:
        """The whole configuration, with its `hydra` section, made anew each time."""
        config = self.recipe.make(self.number)
        OmegaConf.set_cache(config, dict(self._cache))
        return config

    @property
    def choices(self) -> Mapping[str, Any]:
        return self.recipe.base.choices


def compose(
    context: HydraContext, master: DictConfig, jobs: Sequence[Sequence[str]], first: int
) -> list[Composed]:
    """Compose every job; `first` is the number of the first.

    Raises `PlanError` with everything that Hydra refused in any of them.
    """
    composer = Composer(context.config_loader, master)
    composed = []
    volatile: dict[Hashable, frozenset[str]] = {}
    refused: dict[str, list[str]] = {}
    for number, overrides in enumerate(jobs, first):
        try:
            recipe, config = composer.compose(overrides, number)
            form = recipe.form
            if form not in volatile:
                volatile[form] = frozenset(volatile_keys(_task(config, resolve=False)))
            settings = _task(config, resolve=True)
            cache = dict(OmegaConf.get_cache(config))
            composed.append(
                Composed(number, tuple(overrides), recipe, settings, volatile[form], cache)
            )
        except REFUSALS as error:
            refused.setdefault(told(error), []).append(" ".join(overrides))
    if refused:
        raise plan_error([_where(message, jobs) for message, jobs in refused.items()])
    return composed


def told(error: BaseException) -> str:
    """Give an error of Hydra's as one line, with the error of OmegaConf that caused it."""
    cause = error.__cause__
    parts = [str(error)] + ([str(cause)] if isinstance(cause, OmegaConfBaseException) else [])
    lines = [line.strip() for part in parts for line in part.splitlines()]
    noise = ("object_type=", "Set the environment variable HYDRA_FULL_ERROR", "reference_type=")
    return " ".join(line for line in lines if line and not line.startswith(noise))


def _where(message: str, jobs: Sequence[str]) -> str:
    if len(jobs) == 1:
        return f"{message} (in the job {jobs[0] or 'without overrides'})"
    return f"{message} (in {len(jobs)} jobs, the first: {jobs[0]})"


@contextmanager
def current(config: DictConfig) -> Iterator[None]:
    """Let ${hydra:...} mean this configuration's `hydra` section."""
    # HydraConfig's own method copies the section, which costs more than all the rest.
    hydra: Any = HydraConfig.instance()
    with _one_at_a_time:  # it is the whole process's
        before, hydra.cfg = hydra.cfg, config
        try:
            yield
        finally:
            hydra.cfg = before


def _task(config: DictConfig, *, resolve: bool) -> dict[str, Any]:
    if resolve and "hydra" not in config:
        whole = OmegaConf.to_container(config, resolve=True)
        return {str(key): value for key, value in whole.items()} if isinstance(whole, dict) else {}
    # Read in place, not from a copy: the task may refer to ${hydra.job.num} and the like.
    with current(config):
        return {str(key): _value(config, key, resolve) for key in config if key != "hydra"}


def _value(config: DictConfig, key: Any, resolve: bool) -> Any:  # noqa: FBT001 - OmegaConf's own
    if not resolve and OmegaConf.is_interpolation(config, key):
        written = OmegaConf.to_container(OmegaConf.masked_copy(config, key), resolve=False)
        return written[key] if isinstance(written, dict) else written
    if OmegaConf.is_missing(config, key):
        return "???"
    value = config[key]
    return OmegaConf.to_container(value, resolve=resolve) if OmegaConf.is_config(value) else value


@dataclass(frozen=True)
class Request:
    """What the command line asks for: the overrides that are fixed, and the keys that are swept."""

    fixed: tuple[str, ...]
    swept: tuple[str, ...]

    def title(self) -> str:
        """Name the sweep for people, such as `activation × seed (epochs=10)`."""
        over = " × ".join(self.swept) or "one run"
        return f"{over} ({' '.join(self.fixed)})" if self.fixed else over


def request(master: DictConfig, excluded: Collection[str]) -> Request:
    """Read the command's own overrides, and hydra.sweeper.params, back from the master config.

    Those of `excluded` keys, or below them, ask nothing of a run and are left out.
    """
    params = OmegaConf.select(master, "hydra.sweeper.params") or {}
    lines = [f"{key}={value}" for key, value in params.items()]
    lines += list(master.hydra.overrides.task)
    fixed: dict[str, str] = {}
    swept: dict[str, None] = {}
    for override in OverridesParser.create().parse_overrides(lines):
        key = override.get_key_element()
        if _is_below(key.lstrip("+~"), excluded):
            continue
        if override.is_sweep_override():
            swept[key.lstrip("+~")] = None
            fixed.pop(key, None)
        else:
            fixed[key] = f"{key}={override.get_value_element_as_str()}"
            swept.pop(key.lstrip("+~"), None)
    return Request(tuple(fixed.values()), tuple(swept))


def _is_below(key: str, sections: Collection[str]) -> bool:
    return any(key == section or key.startswith(f"{section}.") for section in sections)
