"""The house rules that a tool can hold: one command is the whole gate."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MOST_LINES = 300


def _holds(*command: str) -> None:
    ended = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}{ended.stderr}"


def test_every_lint_rule_holds() -> None:
    _holds("-m", "ruff", "check")


def test_the_tree_is_formatted() -> None:
    _holds("-m", "ruff", "format", "--check")


@pytest.mark.slow
def test_the_types_are_sound() -> None:
    _holds("-m", "mypy")


def test_no_import_goes_against_an_arrow() -> None:
    _holds("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")


@pytest.mark.parametrize("folder", ["mlp", "sweeps", "analysis"])
def test_modules_are_small_enough_to_read(folder: str) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert not long


def test_the_analysis_knows_no_network() -> None:
    """Adding a section is adding a file to conf/experiment: no name of one stands in the code."""
    names = {path.stem for group in ("activation", "momentum") for path in _options(group)}
    names = (names | {path.stem for path in _options("data")}) - {"none", "csv"}
    for path in (ROOT / "analysis").rglob("*.*"):
        if path.suffix in {".py", ".j2"}:
            words = set(re.findall(r"\w+", path.read_text(encoding="utf-8").lower()))
            assert not words & names, path


def _options(group: str) -> list[Path]:
    return sorted((ROOT / "conf" / group).glob("*.yaml"))
