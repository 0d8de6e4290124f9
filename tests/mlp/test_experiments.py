"""`python -m mlp.experiments`: which it runs, and how it goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlp import experiments
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

    def run(line: list[str]) -> tuple[int, bool]:
        lines.append(line[1:])
        return int("+experiment=activation" in line), False

    monkeypatch.setattr(experiments, "_run", run)
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


SLOW_TO_STOP = """
import signal
import sys
import time
from pathlib import Path

def stop(*_):
    time.sleep(1.5)
    Path("stopped").touch()
    sys.exit(3)

signal.signal(signal.SIGINT, stop)
Path("begun").touch()
time.sleep(60)
"""
STOPPED = """
from mlp import experiments

experiments._run, real = lambda line: real([line[0], "slow.py"]), experiments._run
raise SystemExit(experiments.command(["mine", "architecture"]))
"""


@pytest.mark.skipif(os.name != "posix", reason="sends Ctrl-C as a terminal does")
def test_ctrl_c_lets_the_sweep_stop_in_its_own_time_and_runs_no_other(own: Path) -> None:
    folder = own.parent
    (folder / "slow.py").write_text(SLOW_TO_STOP)
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    while not (folder / "begun").exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert (folder / "stopped").exists()
    assert process.returncode == 130
    assert "Stopped in mine." in said


def test_a_file_that_is_no_yaml_is_named_in_a_sentence(own: Path) -> None:
    (own / "experiment" / "broken.yaml").write_text("a: [1")
    with pytest.raises(SystemExit) as refused:
        command(["mine"])
    assert "broken.yaml can't be read as YAML" in str(refused.value)
    (own / "experiment" / "broken.yaml").write_text("hydra:\n")
    assert "broken" not in sweeping([own])


def test_it_is_a_module_that_runs() -> None:
    line = [sys.executable, "-m", "mlp.experiments", "--help"]
    assert subprocess.run(line, capture_output=True, check=False).returncode == 0
