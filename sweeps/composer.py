"""Compositions that share Hydra's work: 35 ms for each choice of groups, some 1 ms for each job.

Jobs of a grid that choose the same options of the same groups differ in plain values only. So Hydra
composes each choice once, and each job is a copy of it to which Hydra's own function applies the
job's values. Whatever is not as usual, and whatever fails, is left to Hydra as a whole.
"""

import pickle
import re
from collections.abc import Hashable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.config_repository import IConfigRepository
from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict, read_write
from omegaconf.errors import OmegaConfBaseException

# A value that is an interpolation, or a container, which may be merged with what is there.
_NOT_PLAIN = re.compile(r"[$\[{]")
# An interpolation by a resolver, into the `hydra` section, or by a name that is made up itself.
_REFERS_TO_MORE = re.compile(r"\$\{(?!(?![\w.]*\bhydra\b)[\w.]+\})")

REFUSALS = (HydraException, OmegaConfBaseException)


class Base:
    """What Hydra composed, to be copied; pickling is six times as fast as copying deeply.

    `choices`: the option chosen of each group. `params`: its hydra.sweeper.params. `is_apart`:
    whether the task's own settings can be told without the `hydra` section, which is the larger
    part of all.
    """

    def __init__(self, config: DictConfig) -> None:
        self.choices: Mapping[str, Any] = dict(config.hydra.runtime.choices)
        self.params = OmegaConf.select(config, "hydra.sweeper.params")
        self._config: DictConfig | bytes = config
        self._task = b""
        try:
            self._config = pickle.dumps(config)
        except Exception:  # noqa: BLE001 - a value of the user's may fail in its own way
            self._config = config
        else:
            if _stands_alone(config):
                self._task = pickle.dumps(_without_hydra(self.copy()))
        self.is_apart = bool(self._task)

    def copy(self) -> DictConfig:
        """Make a configuration of one's own, with what was resolved of ${now:...} and the like."""
        return _loaded(self._config) if isinstance(self._config, bytes) else deepcopy(self._config)

    def copy_task(self) -> DictConfig:
        """Make one of the task's own settings only; for a base of which they stand apart."""
        return _loaded(self._task)

    @cached_property
    def hydra(self) -> Mapping[str, Any]:
        """Its `hydra` section as it is written, interpolations and all; not to be changed."""
        section: Mapping[str, Any] = as_written(self.copy())["hydra"]
        return section


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

    def make_task(self, number: int) -> DictConfig:
        """Make what tells the settings of job `number`, as fast as can be."""
        if not self._is_apart:
            return self.make(number)
        config = self.base.copy_task()
        _apply([_parse(line) for line in self.values or ()], config)
        return config

    @property
    def _is_apart(self) -> bool:
        return self.base.is_apart and not any(map(_NOT_PLAIN.search, self.values or ()))

    def written(self, number: int) -> dict[str, Any]:
        """Give the whole configuration of job `number` as it is written: plain containers."""
        if not self._is_apart:
            return as_written(self.make(number))
        hydra: dict[str, Any] = {**self.base.hydra}
        hydra["job"] = {**hydra["job"], "id": str(number), "num": number}
        if self.overrides is not None:
            task = _of_the_task(self.overrides)
            lines = [one.input_line for one in task]
            hydra["overrides"] = {**hydra["overrides"], "task": lines}
            hydra["job"]["override_dirname"] = _dirname(task, hydra["job"]["config"])
        return {"hydra": hydra, **as_written(self.make_task(number))}

    def make(self, number: int) -> DictConfig:
        """Make the whole configuration of job `number`, with its `hydra` section."""
        config = self.base.copy()
        if self.overrides is not None and self.values is not None:
            _apply([_parse(line) for line in self.values], config)
            _tell_hydra(self.overrides, config)
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
        self._is_group: dict[str, bool] = {}
        self._bases: dict[tuple[str, ...], Base | Exception] = {}
        self._refused: dict[tuple[tuple[str, ...], str], Exception] = {}

    def compose(self, overrides: Sequence[str], number: int) -> tuple[Recipe, DictConfig]:
        """Compose a job, and the configuration that tells its settings.

        Raises what Hydra raises for it.
        """
        parts = self._parts(overrides)
        if parts is None:
            whole = Recipe(self._by_hydra(overrides))
            return whole, whole.make_task(number)
        shared, values = parts
        try:
            recipe = Recipe(self._base(shared), tuple(overrides), values)
            return recipe, recipe.make_task(number)
        except REFUSALS as error:
            whole = Recipe(self._judged_by_hydra(overrides, shared, error))
            return whole, whole.make_task(number)

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
            if one.is_hydra_override() or self._is_choice(one, self._groups):
                shared.append(line)
            else:
                values.append(line)
        return tuple(shared), tuple(values)

    def _is_choice(self, override: Override, groups: IConfigRepository) -> bool:
        """Say if an override chooses an option, as Hydra tells it from one that sets a value."""
        key = override.key_or_group
        if key not in self._is_group:
            self._is_group[key] = groups.group_exists(key)
        return self._is_group[key] and not isinstance(override.value(), dict)

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


def _loaded(pickled: bytes) -> DictConfig:
    loaded: DictConfig = pickle.loads(pickled)  # noqa: S301 - our own
    return loaded


def _stands_alone(config: DictConfig) -> bool:
    """Say if the task's settings refer to each other only, by nothing but their names.

    A resolver may look at the whole configuration, and a name may be in the `hydra` section.
    """
    texts = [str(part) for key, part in as_written(config).items() if key != "hydra"]
    return not any(_REFERS_TO_MORE.search(text) for text in texts)


def _without_hydra(config: DictConfig) -> DictConfig:
    with read_write(config), open_dict(config):
        del config["hydra"]
    return config


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


def _apply(values: list[Override], config: DictConfig) -> None:
    ConfigLoaderImpl._apply_overrides_to_config(values, config)  # noqa: SLF001


def _tell_hydra(overrides: Sequence[str], config: DictConfig) -> None:
    """Write a job's overrides where Hydra notes them."""
    task = _of_the_task(overrides)
    hydra = config.hydra
    hydra.overrides.task.clear()
    hydra.overrides.task.extend([one.input_line for one in task])
    hydra.job.override_dirname = _dirname(task, hydra.job.config)


def _of_the_task(overrides: Sequence[str]) -> list[Override]:
    return [one for one in map(_parse, overrides) if not one.is_hydra_override()]


def _dirname(task: Sequence[Override], config: Mapping[Any, Any]) -> str:
    written = config["override_dirname"]
    name: str = get_overrides_dirname(
        overrides=list(task),
        kv_sep=written["kv_sep"],
        item_sep=written["item_sep"],
        exclude_keys=written["exclude_keys"],
    )
    return name


def as_written(config: DictConfig) -> dict[str, Any]:
    """Give a configuration as plain containers, its interpolations as they are written."""
    written: Any = OmegaConf.to_container(config, resolve=False, enum_to_str=True)
    return dict(written)
