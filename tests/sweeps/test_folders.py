"""The folders of jobs are the same whether their configurations are made or only written."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import setup_globals
from hydra.types import RunMode

from mlp.compose import CONF
from sweeps.compose import compose, current
from sweeps.composer import as_written
from sweeps.dot_hydra import Output
from sweeps.folders import Folders
from sweeps.store import Store

GRID = [["l2=0.1", "seed=3"], ["l2=0.2", "seed=3"], ["activation=relu", "seed=4"]]


class Job:
    """As much of a job as it takes."""

    def __init__(self, composed: Any) -> None:
        self.composed = composed
        self.number = composed.number


@pytest.mark.parametrize(
    ("overrides", "taken"),
    [
        ([], []),
        (["hydra.sweep.dir=here"], []),
        (["hydra.sweep.dir=here"], ["here/1", "here/1-2"]),
        (["hydra.sweep.dir=.", "hydra.sweep.subdir=."], []),
        (["hydra.sweep.subdir=${hydra.job.override_dirname}"], []),
        (["hydra.sweep.dir=${activation}"], []),
        (["hydra.job.name=a-${seed}"], []),
        (["hydra.output_subdir=null"], []),
    ],
)
def test_written_and_made_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overrides: Sequence[str], taken: Sequence[str]
) -> None:
    seen: dict[str, list[Any]] = {}
    for way in ("made", "written"):
        place = tmp_path / way
        place.mkdir()
        monkeypatch.chdir(place)
        for folder in taken:
            (place / folder).mkdir(parents=True)
        with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
            setup_globals()
            loader = GlobalHydra.instance().config_loader()
            master = loader.load_configuration("config", list(overrides), RunMode.MULTIRUN)
            with current(master):
                _ = master.hydra.sweep.dir
            jobs: list[Any] = [
                Job(one)
                for one in compose(_Context(loader), master, GRID, 0)  # type: ignore[arg-type]
            ]
        folders = Folders(master)
        folders.claim()
        seen[way] = []
        for job in jobs:
            run = Store(place / ".sweeps").run(f"run-{job.number}")
            if way == "written":
                output, whole = folders.take_written(job, run)
            else:
                config = folders.take(job, run)
                with current(config):
                    output = Output.of(config)
                whole = as_written(config)
            files = sorted(str(path.relative_to(folders.claim())) for path in _below(folders))
            told = repr((output, whole)).replace(str(folders.claim()), "TOP")
            seen[way].append((told.replace(str(place), "PLACE"), files))
    assert seen["written"] == seen["made"]


def _below(folders: Folders) -> Iterator[Path]:
    return folders.claim().rglob("*")


class _Context:
    """Where Hydra has its loader."""

    def __init__(self, loader: Any) -> None:
        self.config_loader = loader
