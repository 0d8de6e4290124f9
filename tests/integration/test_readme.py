"""The README's commands and code, run as they are written."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from mlp.config import Config

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]
SET_UP = "python3 in_venv.py"
GATE = f"{SET_UP} -m pytest"


def _run(arguments: list[str], folder: Path, store: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"MLFLOW_TRACKING_URI": store},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "block", [block for kind, block in BLOCKS if not kind and GATE not in block]
)
def test_the_commands_do_what_they_say(block: str, tmp_path: Path, mlflow_store: str) -> None:
    for line in block.splitlines():
        # What sets everything up has run already: this is its environment.
        program, *arguments = shlex.split(line.replace(SET_UP, "python"))
        assert program == "python"
        ended = _run(arguments, tmp_path, mlflow_store)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_gate_is_what_ci_runs() -> None:
    assert GATE in COMMANDS
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.splitlines()[-1] == GATE.replace("python3", '"$python"')


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_reads_the_same_in_bash_zsh_and_powershell(line: str) -> None:
    quoted = re.findall(r'"([^"]*)"', line)
    bare = re.sub(r'"[^"]*"', "", line)
    assert re.fullmatch(r"[\w=,.+/ -]*", bare), "a character that some shell takes for its own"
    assert not re.search(r"[$`\\!']", "".join(quoted))


def test_the_code_runs(tmp_path: Path, mlflow_store: str) -> None:
    (code,) = [block for kind, block in BLOCKS if kind == "python"]
    ended = _run(["-c", code], tmp_path, mlflow_store)
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.splitlines()) == 6
    assert 0.5 < float(ended.stdout.splitlines()[-1]) < 1


def test_the_defaults_it_gives_are_the_defaults() -> None:
    default = Config()
    assert (
        f"{default.learning_rate:g}, {default.l2:g}, {default.batch_size} and {default.epochs}"
        " by default" in README
    )


def test_the_pictures_and_files_it_names_are_there() -> None:
    named = re.findall(r"\]\(([^):]+)\)", README)
    assert named
    for name in named:
        assert (ROOT / name).exists(), name
