"""The launcher's settings: faults in a sentence each, and how many CPUs may be used."""

import os
from typing import Any

import pytest
from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from sweeps.settings import LauncherSettings, SweeperSettings, faults, usable_cpus

BAD: list[tuple[str, Any]] = [
    ("workers", 0),
    ("workers", -2),
    ("attempts", 0),
    ("checkpoint_seconds", -1.0),
    ("timeout", 0.0),
    ("memory_per_worker", "much"),
    ("reuse", "everything"),
    ("retry", "always"),
]


def test_the_defaults_have_no_fault() -> None:
    assert not faults(LauncherSettings())


@pytest.mark.parametrize(("key", "value"), BAD)
def test_a_bad_value_is_told_with_its_key_and_what_is_allowed(key: str, value: Any) -> None:
    (sentence,) = faults(LauncherSettings(**{key: value}))
    assert sentence.startswith(f"{key}={value} is not allowed: ")


def test_all_faults_are_told_at_once() -> None:
    bad = dict(BAD)
    assert len(faults(LauncherSettings(**bad))) == len(bad)


@pytest.mark.parametrize(
    ("group", "settings"), [("launcher", LauncherSettings), ("sweeper", SweeperSettings)]
)
def test_hydra_offers_every_setting(group: str, settings: type[Any]) -> None:
    import hydra_plugins.sweepstack  # noqa: F401 - it registers what Hydra composes

    node = ConfigStore.instance().load(f"hydra/{group}/sweepstack.yaml").node
    offered = OmegaConf.to_container(node)
    assert isinstance(offered, dict)
    target = offered.pop("_target_")
    assert target.startswith("hydra_plugins.sweepstack.")
    assert settings(**{str(key): value for key, value in offered.items()}) == settings()


def test_workers_are_the_cpus_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    assert 1 <= usable_cpus() <= (os.cpu_count() or 1)


def test_slurm_may_allow_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "1")
    assert usable_cpus() == 1
