"""The one place where Hydra looks for plugins: names ours, as `hydra/launcher=sweepstack`.

Hydra takes a launcher or sweeper only if its class is defined in the `hydra_plugins` namespace,
hence the subclasses. It imports this at every start: nothing heavy here.
"""

from dataclasses import dataclass

from hydra.core.config_store import ConfigStore

from sweeps.launcher import Launcher
from sweeps.settings import LauncherSettings, SweeperSettings
from sweeps.sweeper import Sweeper


class SweepstackLauncher(Launcher):
    """`hydra/launcher=sweepstack`."""


class SweepstackSweeper(Sweeper):
    """`hydra/sweeper=sweepstack`."""


@dataclass
class LauncherConf(LauncherSettings):
    """The settings as Hydra composes them."""

    _target_: str = "hydra_plugins.sweepstack.SweepstackLauncher"


@dataclass
class SweeperConf(SweeperSettings):
    """The settings as Hydra composes them."""

    _target_: str = "hydra_plugins.sweepstack.SweepstackSweeper"


_STORE = ConfigStore.instance()
_STORE.store("sweepstack", LauncherConf, group="hydra/launcher", provider="sweepstack")
_STORE.store("sweepstack", SweeperConf, group="hydra/sweeper", provider="sweepstack")
