"""A run's commit is that of the code, wherever the sweep was started."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sweeps.fingerprint import locate
from sweeps.provenance import Commit, commit

CODE = "def task(cfg):\n    return 1.0\n"


def git(folder: Path, *arguments: str) -> str:
    named = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
    command = ["git", "-C", str(folder), *named, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with an app in a package, and the process elsewhere, in another checkout."""
    folder = tmp_path / "clone"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "train.py").write_text(CODE)
    (folder / ".gitignore").write_text("scratch/\n.venv/\n__pycache__/\n")
    (folder / "README").write_text("one\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the sweep is started: another checkout than the code's, with changes in it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "commit", "-qm", "other", "--allow-empty")
    (folder / "notes").write_text("new\n")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Any]:
    """Import a file as a script's module and give its task."""

    def load(path: Path) -> Any:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, path.stem, module)
        spec.loader.exec_module(module)
        return module.task

    return load


def test_the_commit_is_that_of_the_checkout_with_the_task(
    checkout: Path, loaded: Callable[[Path], Any]
) -> None:
    task = loaded(checkout / "app" / "train.py")
    head = git(checkout, "rev-parse", "HEAD")
    assert commit(locate(task)) == Commit(head, dirty=False, diff="")
    (checkout / "README").write_text("two\n")
    found = commit(locate(task))
    assert (found.commit, found.dirty) == (head, True)
    assert "-one\n+two\n" in found.diff
    assert found.tags() == {"mlflow.source.git.commit": head, "git.dirty": "true"}


def test_a_new_file_of_the_checkout_makes_it_dirty(checkout: Path) -> None:
    new = checkout / "app" / "new.py"
    new.write_text(CODE)
    assert commit(locate(new)).dirty
    assert commit(locate(new)).commit == git(checkout, "rev-parse", "HEAD")


def test_code_that_no_commit_holds_has_none(checkout: Path, tmp_path: Path) -> None:
    ignored = checkout / "scratch" / "app.py"
    outside = tmp_path / "plain" / "app.py"
    for path in (ignored, outside):
        path.parent.mkdir()
        path.write_text(CODE)
        assert commit(locate(path)) == Commit()
    assert commit(locate(ModuleType("typed"))) == Commit()
    assert Commit().tags() == {}


@pytest.mark.parametrize(
    ("origin", "known"),
    [
        ({"vcs_info": {"vcs": "git", "commit_id": "a" * 40}}, "a" * 40),
        ({"vcs_info": {"vcs": "hg", "commit_id": "b" * 40}}, ""),
        ({"archive_info": {}}, ""),
        (None, ""),
    ],
)
def test_installed_code_has_the_commit_that_its_distribution_names(
    checkout: Path, origin: dict[str, Any] | None, known: str
) -> None:
    site = checkout / ".venv" / "lib" / "site-packages"
    for name, there in (
        ("mine", origin),
        ("other", {"vcs_info": {"vcs": "git", "commit_id": "c"}}),
    ):
        metadata = site / f"{name}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (site / f"{name}.py").write_text(CODE)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (metadata / "RECORD").write_text(f"{name}.py,,\n")
        if there is not None:
            (metadata / "direct_url.json").write_text(json.dumps({"url": "x", **there}))
    assert commit(locate(site / "mine.py")) == Commit(known)
