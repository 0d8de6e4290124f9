"""The one line that sets everything up: what it installs, when, and what it runs."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "in_venv.py"


@pytest.fixture
def in_venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, with a checkout and an environment of the test's own."""
    spec = importlib.util.spec_from_file_location("in_venv", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "pyproject.toml").write_text("[project]", encoding="utf-8")
    monkeypatch.setattr(module, "CHECKOUT", checkout)
    monkeypatch.setenv("SWEEPSTACK_VENV", str(tmp_path / "venv"))
    monkeypatch.setattr(
        module.venv, "create", lambda folder, **_: Path(folder).mkdir(exist_ok=True)
    )
    return module


@pytest.fixture
def commands(in_venv: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What it would have run; every command ends with 3."""
    ran: list[list[str]] = []

    def run(command: list[Any], *, check: bool) -> subprocess.CompletedProcess[str]:
        ran.append([str(part) for part in command])
        return subprocess.CompletedProcess(command, 0 if check else 3)

    monkeypatch.setattr(in_venv.subprocess, "run", run)
    return ran


def _told(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["in_venv.py", *arguments])


def test_it_installs_once_and_gives_the_commands_own_exit_code(
    in_venv: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _told(monkeypatch, "-m", "pytest", "-q")
    assert in_venv.main() == 3
    assert in_venv.main() == 3
    python = str(in_venv.interpreter(tmp_path / "venv"))
    install, first, second = commands
    assert install[:4] == [python, "-m", "pip", "install"]
    assert install[-1] == f"{in_venv.CHECKOUT}[test]"
    assert first == second == [python, "-m", "pytest", "-q"]


def test_it_installs_again_when_the_project_has_changed(
    in_venv: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _told(monkeypatch, "-V")
    in_venv.main()
    (in_venv.CHECKOUT / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    in_venv.main()
    assert len([one for one in commands if "install" in one]) == 2


@pytest.mark.parametrize(
    ("failing", "told"), [("ensurepip", "apt install python3-venv"), ("pip", "Nothing was run")]
)
def test_it_says_what_is_missing(
    in_venv: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failing: str,
    told: str,
) -> None:
    def run(command: list[Any], **_: Any) -> None:
        raise subprocess.CalledProcessError(1, ["python", "-m", failing])

    monkeypatch.setattr(in_venv.subprocess, "run", run)
    _told(monkeypatch, "-V")
    assert in_venv.main() == 1
    assert told in capsys.readouterr().err


def test_without_a_command_it_says_how_it_is_used(
    in_venv: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _told(monkeypatch)
    assert in_venv.main() == 1
    assert "python3 in_venv.py -m pytest" in capsys.readouterr().err
