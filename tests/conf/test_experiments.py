"""Every experiment composes, and what its report asks for is what the experiments train."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.experiments import Experiment, experiments
from analysis.sections import Cells, Variants
from analysis.values import meaning
from mlp.compose import CONF, compose
from mlp.experiments import sweeping

FILES = sorted(CONF.glob("experiment/*.yaml"))
SECTIONS = experiments([CONF / "experiment"])
SWEPT = sweeping([CONF])


def _swept(path: Path) -> Mapping[str, Sequence[str]]:
    params = yaml.safe_load(path.read_text(encoding="utf-8"))["hydra"]["sweeper"]["params"]
    return {key: str(values).split(",") for key, values in params.items()}


def _settings(name: str, choice: Mapping[str, str]) -> Mapping[str, Any]:
    """Compose one run, as the params that MLflow has of it."""
    overrides = [f"{key}={value}" for key, value in choice.items()]
    return dict(_dotted(asdict(compose([f"+experiment={name}", *overrides]))))


def _dotted(section: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in section.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", meaning(value)


def _trained(path: Path) -> Iterator[Mapping[str, Any]]:
    """Give the settings of every run of an experiment, without its seeds."""
    swept = {key: values for key, values in _swept(path).items() if key != "seed"}
    for values in product(*swept.values()):
        run = _settings(path.stem, dict(zip(swept, values, strict=True)))
        yield {key: value for key, value in run.items() if not key.startswith("seed")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_opens_with_the_command_that_runs_it(path: Path) -> None:
    lines = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.startswith("# @package")
    ]
    if path.stem in SWEPT:
        assert lines[0] == f"# python -m mlp.run -m +experiment={path.stem}"
    else:
        assert not re.match(r"# python -m mlp\.run", lines[0])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_report_counts_towards_a_runs_identity(path: Path) -> None:
    """The report reads the file as plain YAML, so that an interpolation would not be resolved."""
    assert "${" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SWEPT.values(), ids=SWEPT)
def test_a_report_wants_the_seeds_that_its_experiment_sweeps(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "report" in content:
        assert [str(seed) for seed in content["report"]["seeds"]] == _swept(path)["seed"]


def _wanted(one: Experiment) -> Iterator[tuple[str, Mapping[str, Any]]]:
    section = one.section
    if isinstance(section, Cells):
        yield from ((cell.name, {**section.select, **cell.where}) for cell in section.cells)
    elif isinstance(section, Variants):
        for variant, cell in product(section.variants, section.cells):
            where = {**section.select, **variant.where, **cell.where}
            yield f"{variant.name}, {cell.name}", where


@pytest.mark.slow
@pytest.mark.long
def test_every_cell_is_one_setting_that_is_trained() -> None:
    """One test for all sections: composing what is trained takes Hydra half a minute."""
    runs = [run for path in SWEPT.values() for run in _trained(path)]
    for one in SECTIONS:
        for name, where in _wanted(one):
            found = [
                run
                for run in runs
                if all(run[key] == meaning(value) for key, value in where.items())
            ]
            assert found, f"{one.name}: nothing trains {name}"
            assert all(run == found[0] for run in found), f"{one.name}: {name} mixes settings"


@pytest.mark.parametrize("one", SECTIONS, ids=lambda one: one.name)
def test_settings_are_chosen_on_other_seeds_and_never_by_the_test_set(one: Experiment) -> None:
    tuning = getattr(one.section, "tuning", None)
    if tuning is None:
        return
    assert not set(tuning.seeds) & set(one.section.seeds)
    swept = _swept(SWEPT[tuning.experiment])
    assert {str(seed) for seed in tuning.seeds} == set(swept["seed"])
    assert "test" not in swept
    assert _settings(tuning.experiment, {})["test"] is False
