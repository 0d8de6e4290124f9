"""Compositions that share Hydra's work: 35 ms for each choice of groups, under 2 ms for each job.

Jobs of a grid that choose the same options of the same groups differ in plain values only. So Hydra
composes each choice once, and each job is a copy of it to which Hydra's own function applies the
job's values. Whatever is not as usual, and whatever fails, is left to Hydra as a whole.
"""

import pickle
import re
from collections.abc import Hashable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.config_repository import IConfigRepository
from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

# A value that is an interpolation, or a container, which may be merged with what is there.
_NOT_PLAIN = re.compile(r"[$\[{]")

REFUSALS = (HydraException, OmegaConfBaseException)


class Base:
    """What Hydra composed, to be copied; pickling is six times as fast as copying deeply.

    `choices`: the option chosen of each group. `params`: its hydra.sweeper.params.
    """

    def __init__(self, config: DictConfig) -> None:
        self.choices: Mapping[str, Any] = dict(config.hydra.runtime.choices)
        self.params = OmegaConf.select(config, "hydra.sweeper.params")
        self._config: DictConfig | bytes = config
        try:
            self._config = pickle.dumps(config)
        except Exception:  # noqa: BLE001 - a value of the user's may fail in its own way
            self._config = config

    def copy(self) -> DictConfig:
        """Make a configuration of one's own, with what was resolved of ${now:...} and the like."""
        if isinstance(self._config, bytes):
            loaded: DictConfig = pickle.loads(self._config)  # noqa: S301 - our own
            return loaded
        return deepcopy(self._config)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make one job's configuration, as often as it is asked for.

    A configuration takes 100 KB, so that those of all jobs are never kept. `overrides` are the
    job's own, and `values` those of them that are not in `base`; both None if Hydra composed all.
    """

    base: Base
    overrides: tuple[str, ...] | None = None
    values: tuple[str, ...] | None = None

    @property
    def form(self) -> Hashable:
        """Something that is equal for jobs which have the same interpolations at the same keys."""
        values = self.values or ()
        plain = (line if _NOT_PLAIN.search(line) else line.partition("=")[0] for line in values)
        return self.base, tuple(plain)

    def make(self, number: int) -> DictConfig:
        """Make the whole configuration of job `number`, with its `hydra` section."""
        config = self.base.copy()
        if self.overrides is not None and self.values is not None:
            _apply([_parse(line) for line in self.values], config)
            _tell_hydra([_parse(line) for line in self.overrides], config)
        with open_dict(config):
            config.hydra.job.id = str(number)
            config.hydra.job.num = number
        return config


class Composer:
    """Composes jobs of one master configuration; equal to Hydra's own `load_sweep_config`."""

    def __init__(self, loader: ConfigLoader, master: DictConfig) -> None:
        self.compositions = 0
        """How many Hydra has made."""
        self._loader = loader
        self._master = master
        self._groups = _groups(loader, master)
        self._bases: dict[tuple[str, ...], Base | Exception] = {}
        self._refused: dict[tuple[tuple[str, ...], str], Exception] = {}

    def compose(self, overrides: Sequence[str], number: int) -> tuple[Recipe, DictConfig]:
        """Compose a job; raises what Hydra raises for it."""
        parts = self._parts(overrides)
        if parts is None:
            whole = Recipe(self._by_hydra(overrides))
            return whole, whole.make(number)
        shared, values = parts
        try:
            recipe = Recipe(self._base(shared), tuple(overrides), values)
            return recipe, recipe.make(number)
        except REFUSALS as error:
            whole = Recipe(self._judged_by_hydra(overrides, shared, error))
            return whole, whole.make(number)

    def _parts(self, overrides: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Part a job's overrides into those of its base and its values; None if it is unusual."""
        if self._groups is None:
            return None
        try:
            parsed = [_parse(line) for line in overrides]
        except HydraException:
            return None
        shared, values = [], []
        for line, one in zip(overrides, parsed, strict=True):
            if one.is_sweep_override() or one.key_or_group == "hydra":
                return None
            if one.is_hydra_override() or _is_choice(one, self._groups):
                shared.append(line)
            else:
                values.append(line)
        return tuple(shared), tuple(values)

    def _base(self, shared: tuple[str, ...]) -> Base:
        if shared not in self._bases:
            try:
                self._bases[shared] = self._by_hydra(shared)
            except REFUSALS as error:
                self._bases[shared] = error
        base = self._bases[shared]
        if isinstance(base, Exception):
            raise base
        return base

    def _by_hydra(self, overrides: Sequence[str]) -> Base:
        self.compositions += 1
        return Base(self._loader.load_sweep_config(self._master, list(overrides)))

    def _judged_by_hydra(
        self, overrides: Sequence[str], shared: tuple[str, ...], error: Exception
    ) -> Base:
        """Have Hydra compose what failed here; ask it once for all jobs that fail in this way."""
        way = shared, f"{error} {error.__cause__}"
        if way in self._refused:
            raise self._refused[way]
        try:
            return self._by_hydra(overrides)
        except REFUSALS as refusal:
            self._refused[way] = refusal
            raise


@lru_cache(maxsize=4096)
def _parse(line: str) -> Override:
    return _parser().parse_override(line)


@cache
def _parser() -> OverridesParser:
    return OverridesParser.create()


def _groups(loader: ConfigLoader, master: DictConfig) -> IConfigRepository | None:
    """Give where to ask whether a key is a group; None if the loader is not Hydra's usual one."""
    if type(loader) is not ConfigLoaderImpl:
        return None
    # As written: they may refer to what only a job has, such as ${hydra.job.num}.
    written: Any = OmegaConf.to_container(master.hydra.overrides.hydra, resolve=False)
    _, repository = loader._parse_overrides_and_create_caching_repo(  # noqa: SLF001
        master.hydra.job.config_name, [str(one) for one in written]
    )
    return repository


def _is_choice(override: Override, groups: IConfigRepository) -> bool:
    """Say if an override chooses an option, as Hydra tells it from one that sets a value."""
    return not isinstance(override.value(), dict) and groups.group_exists(override.key_or_group)


def _apply(values: list[Override], config: DictConfig) -> None:
    ConfigLoaderImpl._apply_overrides_to_config(values, config)  # noqa: SLF001


def _tell_hydra(overrides: Sequence[Override], config: DictConfig) -> None:
    """Write a job's overrides where Hydra notes them."""
    task = [one for one in overrides if not one.is_hydra_override()]
    hydra = config.hydra
    hydra.overrides.task.clear()
    hydra.overrides.task.extend([one.input_line for one in task])
    written = hydra.job.config.override_dirname
    hydra.job.override_dirname = get_overrides_dirname(
        overrides=task,
        kv_sep=written.kv_sep,
        item_sep=written.item_sep,
        exclude_keys=written.exclude_keys,
    )
