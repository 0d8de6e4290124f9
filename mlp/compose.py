"""From conf/ and the overrides of a command line to a typed `Config`.

With `mlp.run` the only place in `mlp` that knows Hydra; the commands that are no sweeps
(`mlp.gradient_check`, `mlp.test`) compose their one configuration here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from mlp.config import Config, faults, from_settings

_HERE = Path(__file__).resolve().parent
# An installed wheel carries conf/ inside the package, a checkout beside it.
CONF = _HERE / "conf" if (_HERE / "conf").is_dir() else _HERE.parent / "conf"
_OWN = Path("conf")


def folders() -> tuple[Path, ...]:
    """Give the folders whose options can be chosen: CONF, and the user's own conf/ if there is one.

    That is a folder of the working folder with experiments in it; other projects have a conf/ too.
    """
    own = (_OWN / "experiment").is_dir() and _OWN.resolve() != CONF
    return (CONF, _OWN) if own else (CONF,)


@dataclass
class Sweep:
    """What the user may say about the sweep itself; handed on to `hydra.launcher`."""

    name: str | None = None
    workers: int | None = None
    memory_per_worker: int | str | None = None
    profile: bool = False
    dry_run: bool = False
    retry: str = "none"
    rerun: bool = False
    reuse: str = "experiment"
    accept_code: str | None = None
    fail_fast: bool = False
    timeout: float | None = None


@dataclass
class Tracking:
    """Where MLflow keeps the runs."""

    experiment: str = "fashion_mnist"
    uri: str | None = None


@dataclass
class Schema(Config):
    """The whole of conf/config.yaml: what decides a run's numbers, and what does not."""

    sweep: Sweep = field(default_factory=Sweep)
    tracking: Tracking = field(default_factory=Tracking)
    report: Any = None


ConfigStore.instance().store(name="schema", node=Schema, provider="mlp")


class ConfigError(ValueError):
    """Settings that can't be trained with; the message has one sentence for each fault."""


def compose(overrides: Sequence[str]) -> Config:
    """Compose the configuration that `python -m mlp.run OVERRIDES` would train.

    Raises `ConfigError` with every fault of the values, or Hydra's own error for an override
    that names no setting.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir

    with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
        settings = OmegaConf.to_container(
            hydra_compose("config", list(overrides)), resolve=True, throw_on_missing=True
        )
    if not isinstance(settings, dict):  # pragma: no cover - the schema is a mapping
        raise TypeError(settings)
    config = from_settings({str(key): value for key, value in settings.items()})
    found = faults(config)
    if found:
        raise ConfigError("\n".join(found))
    return config
