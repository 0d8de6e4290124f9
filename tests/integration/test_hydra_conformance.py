"""Hydra's own suites for launchers, unmodified, on ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.test_utils.launcher_common_tests import (
    BatchedSweeperTestSuite,
    IntegrationTestSuite,
    LauncherTestSuite,
)
from hydra.version import VersionBase, __compat_version__
from hydra_plugins.sweepstack import SweepstackLauncher

LAUNCHER = "sweepstack"


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mlflow_store: str) -> None:
    """The suites repeat configurations: each case gets a folder, so that nothing is reused."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_store)


@pytest.fixture(autouse=True)
def hydras_defaults() -> Iterator[None]:
    """Forget the version base that @hydra.main of other modules has set: the suites give none."""
    before = VersionBase.instance().version_base
    VersionBase.instance().version_base = __compat_version__
    yield
    VersionBase.instance().version_base = before


def test_discovery() -> None:
    discovered = [found.__name__ for found in Plugins.instance().discover(Launcher)]
    assert SweepstackLauncher.__name__ in discovered


@pytest.mark.parametrize(("launcher_name", "overrides"), [(LAUNCHER, [])])
class TestLauncher(LauncherTestSuite):
    """Hydra's launcher suite."""


@pytest.mark.parametrize(
    ("launcher_name", "overrides"),
    [
        (
            LAUNCHER,
            [
                "hydra/sweeper=basic",
                "hydra.sweeper.max_batch_size=2",
            ],
        )
    ],
)
class TestBatches(BatchedSweeperTestSuite):
    """Hydra's batching suite."""


@pytest.mark.parametrize(
    ("task_launcher_cfg", "extra_flags"),
    [({}, ["-m", f"hydra/launcher={LAUNCHER}"])],
)
class TestIntegration(IntegrationTestSuite):
    """Hydra's integration suite."""
