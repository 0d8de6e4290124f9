"""What conf/experiment trains is what its sections show: held by composing it with Hydra."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from analysis.experiments import experiments
from analysis.sections import Cells, Variants
from analysis.values import Meaning, meaning
from mlp.compose import CONF

EXPERIMENTS = CONF / "experiment"
NAMES = sorted(path.stem for path in EXPERIMENTS.glob("*.yaml"))
_MOST = 10


def wanted() -> list[dict[str, Meaning]]:
    """Give the params that any cell, variant or tuning of any section asks for."""
    found: list[Mapping[str, Any]] = []
    for section in (one.section for one in experiments([EXPERIMENTS])):
        if isinstance(section, Cells):
            found += [{**section.select, **cell.where} for cell in section.cells]
            tuning = section.tuning
            if tuning is not None:
                own = {k: v for k, v in section.select.items() if k not in tuning.over}
                by = [
                    {k: cell.where.get(k) for k in tuning.by if k in cell.where}
                    for cell in section.cells
                ]
                found += [{**own, **tuning.select, **where} for where in by]
        if isinstance(section, Variants):
            found += [
                {**section.select, **variant.where, **cell.where}
                for variant in section.variants
                for cell in section.cells
            ]
    return [{name: meaning(value) for name, value in where.items()} for where in found]


def flat(config: Any, above: str = "") -> Iterator[tuple[str, Meaning]]:
    """Give every setting under its dotted name, as MLflow has it."""
    for name, value in config.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", meaning(value)


def jobs(config: DictConfig) -> list[list[str]]:
    """Give the overrides of some of the jobs that an experiment's own params make."""
    params = config.hydra.sweeper.params or {}
    parser = OverridesParser.create()
    each = []
    for key, values in params.items():
        override = parser.parse_override(f"{key}={values}")
        texts = (
            [*override.sweep_string_iterator()]
            if override.is_sweep_override()
            else [override.get_value_element_as_str()]
        )
        each.append([f"{key}={text}" for text in (texts[:1] if key == "seed" else texts)])
    every = [list(one) for one in product(*each)]
    step = max(1, -(-len(every) // _MOST))
    return [*every[::step], every[-1]]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_jobs_are_selected_by_a_section(name: str) -> None:
    """At least half of them: a grid may hold more than is shown."""
    asked = wanted()
    lost = []
    with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
        whole = compose("config", [f"+experiment={name}"], return_hydra_config=True)
        if not whole.hydra.sweeper.params:
            pytest.skip("it trains nothing")
        every = jobs(whole)
        for overrides in every:
            made = compose("config", [f"+experiment={name}", *overrides])
            made.report = None
            params = dict(flat(OmegaConf.to_container(made, resolve=True)))
            if not any(
                all(params.get(key) == value for key, value in where.items()) for where in asked
            ):
                lost.append(overrides)
    assert len(lost) <= len(every) / 2, lost
