"""Hydra's output folders of a launch: never another launch's, and for a job never another run's."""

import os
import re
from collections.abc import Iterator, Mapping
from itertools import chain, count
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from sweeps.compose import current
from sweeps.composer import as_written
from sweeps.dot_hydra import Output
from sweeps.job import Job
from sweeps.journal import read
from sweeps.logs import here
from sweeps.records import Started
from sweeps.store import RunFolder
from sweeps.volatile import volatile_keys

_NOW = re.compile(r"\$\{now:[^${}]*\}")


class Folders:
    """The sweep's folder, and those of its jobs below it.

    Hydra's default is named by the second, and a launch in the same second gets one of its own,
    such as `12-30-00-2`. A folder that was chosen holds; in it, a job whose folder another run has
    used gets one beside that, such as `0-2`, and a run that goes on has its old one.
    """

    def __init__(self, master: DictConfig) -> None:
        """Read off the command's own configuration where it wants them."""
        self._master = master
        with current(master):
            self._asked = str(master.hydra.sweep.dir)
        sweep = as_written(master)["hydra"]["sweep"]
        # Its own and the jobs' folders can be told without making a job's configuration.
        self._usual = sweep if _is_usual(sweep) else None
        self._top: Path | None = None
        self._is_new = False
        self._subdirs: dict[int, str] = {}
        self._taken: set[Path] = set()

    def claim(self) -> Path:
        """Make the sweep's folder when first called; raises OSError."""
        if self._top is None:
            self._top = Path(self._asked)
            self._is_new = _is_timed(self._master)
            if self._is_new:
                self._top = _made(self._top)
                _set(self._master, "dir", str(self._top))
            else:
                self._top.mkdir(parents=True, exist_ok=True)
        return self._top

    def config(self, job: Job) -> DictConfig:
        """Make a job's whole configuration, with these folders in it."""
        config = job.composed.config
        if self._is_new and self._is_mine(config):
            _set(config, "dir", str(self.claim()))
        if job.number in self._subdirs:
            _set(config, "subdir", self._subdirs[job.number])
        return config

    def take(self, job: Job, run: RunFolder) -> DictConfig:
        """Make the configuration of a job that is about to run, and its folder; raises OSError."""
        config = self.config(job)
        with current(config):
            top = Path(str(config.hydra.sweep.dir))
            subdir = str(config.hydra.sweep.subdir)
        name = self._taken_name(job, run, top, subdir)
        if name != subdir:
            _set(config, "subdir", name)
        return config

    def take_written(self, job: Job, run: RunFolder) -> tuple[Output, Mapping[str, Any]]:
        """Do so with the configuration as it is written: much faster where all is as usual."""
        whole = job.composed.recipe.written(job.number)
        sweep = dict(whole["hydra"]["sweep"])
        name = str(whole["hydra"]["job"]["name"])
        if sweep != self._usual or "${" in name:
            config = self.take(job, run)
            with current(config):
                output = Output.of(config)
            return output, as_written(config)
        if self._is_new:
            sweep["dir"] = str(self.claim())
        taken = self._taken_name(job, run, self.claim(), str(job.number))
        if taken != str(job.number):
            sweep["subdir"] = taken
        folder = Path(self.claim(), taken).absolute()
        runtime = {**whole["hydra"]["runtime"], "output_dir": str(folder)}
        hydra = {**whole["hydra"], "sweep": sweep, "runtime": runtime}
        return Output(folder, folder / f"{name}.log"), {**whole, "hydra": hydra}

    def _taken_name(self, job: Job, run: RunFolder, top: Path, subdir: str) -> str:
        """Choose the name of a job's folder below `top`, and make it if another may want it."""
        subdir = self._subdirs.get(job.number, subdir)
        top = top.absolute()
        if top == self.claim().absolute() and (self._is_new or _is_same(top / subdir, top)):
            return subdir
        name = next(name for name in _numbered(subdir) if self._is_free(top / name, run))
        self._taken.add(top / name)
        if name != subdir:
            self._subdirs[job.number] = name
        return name

    def _is_mine(self, config: DictConfig) -> bool:
        with current(config):
            return str(config.hydra.sweep.dir) == self._asked

    def _is_free(self, folder: Path, run: RunFolder) -> bool:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return _is_made(folder) or folder in self._taken or folder in _used(run)


def _is_timed(master: DictConfig) -> bool:
    """Whether the sweep's folder is another one in every second."""
    whole: Any = OmegaConf.to_container(master, resolve=False)
    return "hydra.sweep.dir" in volatile_keys(whole, {"now"})


def _is_usual(sweep: Mapping[str, Any]) -> bool:
    """Whether jobs' folders are numbered, as Hydra has it, in one that is the same for all."""
    fixed = _NOW.sub("", str(sweep["dir"]))
    return sweep["subdir"] == "${hydra.job.num}" and "${" not in fixed


def _made(wanted: Path) -> Path:
    """Make a folder of this name, or of the first free one after it."""
    wanted.parent.mkdir(parents=True, exist_ok=True)
    return next(filter(_is_made, map(wanted.with_name, _numbered(wanted.name))))


def _is_made(folder: Path) -> bool:
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def _numbered(name: str) -> Iterator[str]:
    return chain([name], (f"{name}-{number}" for number in count(2)))


def _used(run: RunFolder) -> set[Path]:
    """Give the folders that attempts at a run had."""
    begun = (one for one in read(run.journal, kinds=(Started,)).records if isinstance(one, Started))
    return {here(run, one, one.log).parent for one in begun if one.log}


def _is_same(one: Path, other: Path) -> bool:
    return os.path.normpath(one) == os.path.normpath(other)


def _set(config: DictConfig, key: str, value: str) -> None:
    with read_write(config), open_dict(config):
        config.hydra.sweep[key] = value
