"""Sweeps of a stranger's app, as a user runs them: real processes, a plain task, exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest

APP = """\
from dataclasses import dataclass
from pathlib import Path

import hydra
from hydra.core.config_store import ConfigStore


@dataclass
class Settings:
    x: int = 1
    seed: int = 0


ConfigStore.instance().store("settings", Settings)


@hydra.main(config_path=None, config_name="settings", version_base="1.3")
def main(cfg):
    with Path({calls!r}).open("a") as calls:
        calls.write(f"{{cfg.x}}\\n")
    if cfg.x in (3, 5):
        raise ValueError(f"x is {{cfg.x}}, which is odd")
    return float(cfg.x * 2)


main()
"""
OURS = ("hydra/launcher=sweepstack", "hydra/sweeper=sweepstack", "hydra.launcher.workers=2")


class App:
    """A script in a folder of its own."""

    def __init__(self, folder: Path, store: str) -> None:
        self.folder = folder
        self._store = store
        self._calls = folder.parent / "calls.txt"
        self._script = folder.parent / "app.py"
        self._script.write_text(APP.format(calls=str(self._calls)), encoding="utf-8")
        folder.mkdir()

    def sweep(self, *overrides: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                sys.executable,
                self._script,
                "-m",
                *OURS,
                *overrides,
                f"hydra.launcher.tracking_uri={self._store}",
                f"hydra.launcher.experiment={self.folder.parent.name}",
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        return sorted(self._calls.read_text().split()) if self._calls.exists() else []


@pytest.fixture
def app(tmp_path: Path, mlflow_store: str) -> App:
    return App(tmp_path / "here", mlflow_store)


def test_one_job_that_raises_leaves_the_others_alone_and_all_failures_are_told(app: App) -> None:
    ended = app.sweep("x=1,2,3,4,5")
    assert ended.returncode == 1
    assert app.calls == ["1", "2", "3", "4", "5"]
    assert "Traceback" not in ended.stderr
    for x in (3, 5):
        assert f"x is {x}, which is odd" in ended.stdout
    assert "2 of 5 runs did not finish" in ended.stderr


def test_the_same_command_again_runs_nothing_and_gives_the_same_answer(app: App) -> None:
    first = app.sweep("x=1,2")
    again = app.sweep("x=1,2")
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert app.calls == ["1", "2"]
    assert "reused" in again.stdout


def test_a_wider_grid_runs_only_what_is_new(app: App) -> None:
    app.sweep("x=1,2")
    assert app.sweep("x=1,2,4").returncode == 0
    assert app.calls == ["1", "2", "4"]


def test_failed_runs_are_left_until_a_retry_is_asked_for(app: App) -> None:
    app.sweep("x=3")
    assert app.sweep("x=3").returncode == 1
    assert app.calls == ["3"]
    app.sweep("x=3", "hydra.launcher.retry=failed")
    assert app.calls == ["3", "3"]


def test_a_dry_run_prints_the_plan_and_writes_nothing(app: App) -> None:
    ended = app.sweep("x=1,2,3", "hydra.launcher.dry_run=true")
    assert ended.returncode == 0, ended.stderr
    assert "3 to train" in ended.stdout
    assert app.calls == []
    assert list(app.folder.iterdir()) == []


def test_all_that_cannot_be_composed_is_told_before_anything_runs(app: App) -> None:
    ended = app.sweep("x=1,many,none_at_all")
    assert ended.returncode == 1
    assert "many" in ended.stderr
    assert "none_at_all" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert app.calls == []


def test_bad_settings_of_the_launcher_are_told_together(app: App) -> None:
    ended = app.sweep("x=1", "hydra.launcher.workers=0", "hydra.launcher.reuse=some")
    assert ended.returncode == 1
    assert "hydra.launcher.workers=0 is not allowed" in ended.stderr
    assert "hydra.launcher.reuse=some is not allowed" in ended.stderr
    assert app.calls == []


def test_batches_end_all_before_a_failure_is_told(app: App) -> None:
    ended = app.sweep("x=3,4", "hydra.sweeper.max_batch_size=1")
    assert ended.returncode == 1
    assert app.calls == ["3", "4"]
