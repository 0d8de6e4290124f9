"""`python -m mlp.experiments`: which it runs, and how it goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from mlp.compose import CONF
from mlp.experiments import command, sweeping

SWEEP = "hydra: {sweeper: {params: {activation: 'tanh,relu'}}}\n"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder conf/ of the user's own with one experiment that sweeps and one that doesn't."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "conf" / "experiment"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(SWEEP, encoding="utf-8")
    (folder / "table.yaml").write_text("report: {kind: csv}\n", encoding="utf-8")
    return tmp_path / "conf"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would run; the one of `activation` fails."""
    lines: list[list[str]] = []

    def run(line: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        lines.append(line[1:])
        return subprocess.CompletedProcess(line, int("+experiment=activation" in line))

    monkeypatch.setattr(subprocess, "run", run)
    return lines


def test_those_that_sweep_are_found_and_ones_own_too(own: Path) -> None:
    found = sweeping([CONF, own])
    assert "mine" in found
    assert "activation" in found
    assert "table" not in found
    assert list(found) == sorted(found)


def test_without_a_name_all_are_run(
    own: Path, ran: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["sweep.workers=1"]) == 1
    names = [line[3] for line in ran]
    assert names == [f"+experiment={name}" for name in sweeping([CONF, own])]
    assert all(line[:3] == ["-m", "mlp.run", "-m"] for line in ran)
    assert all(line[4:] == ["sweep.workers=1"] for line in ran)
    assert f"1 of {len(ran)} did not finish: activation." in capsys.readouterr().out


def test_names_choose(own: Path, ran: list[list[str]]) -> None:
    assert command(["mine", "architecture"]) == 0
    assert [line[3] for line in ran] == ["+experiment=mine", "+experiment=architecture"]


def test_an_unknown_name_is_refused_before_anything_runs(own: Path, ran: list[list[str]]) -> None:
    with pytest.raises(SystemExit) as refused:
        command(["mine", "yours", "table"])
    assert "There is no experiment yours, table that sweeps" in str(refused.value)
    assert ran == []


def test_help_says_how_and_runs_nothing(
    ran: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["--help"]) == 0
    assert "python -m mlp.experiments" in capsys.readouterr().out
    assert ran == []


def test_ctrl_c_ends_it_and_says_so(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "run", interrupted)
    assert command(["mine", "architecture"]) == 130
    assert "Stopped in mine." in capsys.readouterr().out


def test_it_is_a_module_that_runs() -> None:
    line = [sys.executable, "-m", "mlp.experiments", "--help"]
    assert subprocess.run(line, capture_output=True, check=False).returncode == 0
