"""A command is handed out only if it trains what is missing."""

from pathlib import Path
from typing import Any

import pytest

from analysis.chapters.seeds import commands
from analysis.commands import grid_of
from analysis.document import Command, Paragraph
from analysis.errors import AnalysisError
from analysis.groups import group
from analysis.runs import Sweep

TYPED = "python train.py -m +experiment=rates"
EXPERIMENT = """# @package _global_
defaults:
  - /reading: tuned
  - override /schedule: cosine
epochs: 40
hydra: {sweeper: {params: {learning_rate: "0.1,0.3", activation: relu, seed: "0,1"}}}
"""
READING = """# @package _global_
defaults:
  - base
  - override /momentum: damped
batch_size: 128
"""


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An experiment, and the group files that it is made of."""
    files = {
        "experiment/rates": EXPERIMENT,
        "reading/tuned": READING,
        "reading/base": "# @package _global_\nbatch_size: 1024\nl2: 0\n",
        "schedule/cosine": "# @package _global_\nschedule: cosine\n",
        "momentum/damped": "kind: damped\ncoefficient: 0.9\n",
    }
    for name, text in files.items():
        path = tmp_path / "conf" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "conf"


def swept(made: Any, rates: tuple[float, ...], command: str, **more: Any) -> tuple[list[str], str]:
    """Give the commands and the words about runs of one seed."""
    for rate in rates:
        params = {"learning_rate": rate, "activation": "relu", "epochs": 40, **more}
        made.add(params, 0.8, tags={"sweeps.repeat": f"{rate}"})
    made.sweeps.append(Sweep("sweep-1", "rates", command, "f" * 32))
    runs = made.all()
    blocks = list(commands(runs, group(list(runs))))
    typed = [block.text for block in blocks if isinstance(block, Command)]
    return typed, " ".join(block.text for block in blocks if isinstance(block, Paragraph))


SEEDS = "seed=0,1,2,3,4,5,6,7,8,9"


@pytest.mark.usefixtures("conf")
def test_what_the_experiment_sweeps_is_offered(made: Any) -> None:
    typed, words = swept(made, (0.1, 0.3), TYPED)
    assert typed == [f"{TYPED} {SEEDS}"]
    assert "No known command" not in words


@pytest.mark.usefixtures("conf")
def test_an_experiment_that_is_gone_is_not(made: Any) -> None:
    typed, words = swept(made, (0.1, 0.3), TYPED.replace("rates", "gone"))
    assert typed == []
    assert "trains 2 settings: there is no conf/experiment/gone.yaml" in words
    assert "This makes" not in words


@pytest.mark.usefixtures("conf")
def test_what_it_sweeps_no_more_is_said(made: Any) -> None:
    typed, words = swept(made, (0.1, 0.5), TYPED)
    assert typed == [f"{TYPED} {SEEDS}"]
    assert f"trains the other 1 setting: `{TYPED}` does not sweep over them now" in words


@pytest.mark.usefixtures("conf")
@pytest.mark.parametrize(
    "more",
    [
        {"epochs": 100},
        {"schedule": "constant"},
        {"batch_size": 1024},
        {"momentum.kind": "nesterov"},
        {"l2": 0.1},
    ],
    ids=str,
)
def test_what_its_files_set_otherwise_is_not_offered(made: Any, more: dict[str, Any]) -> None:
    assert swept(made, (0.1, 0.3), TYPED, **more)[0] == []


@pytest.mark.usefixtures("conf")
def test_a_command_of_its_own_overrides_the_experiment(made: Any) -> None:
    command = f"{TYPED} learning_rate=0.5,0.7 epochs=9 seed=0"
    typed, _ = swept(made, (0.5, 0.7), command, epochs=9)
    assert typed == [f"{TYPED} learning_rate=0.5,0.7 epochs=9 {SEEDS}"]


def test_a_command_without_an_experiment_has_its_grid_in_itself(made: Any) -> None:
    typed, words = swept(made, (0.1, 0.3), "python train.py -m learning_rate=0.1")
    assert typed == [f"python train.py -m learning_rate=0.1 {SEEDS}"]
    assert "the other 1 setting" in words


def test_nothing_is_offered_where_all_runs_are_shown_elsewhere(made: Any) -> None:
    for seed in range(10):
        made.add({"seed": seed}, 0.8, tags={"sweeps.repeat": "one"})
    made.sweeps.append(Sweep("sweep-1", "seeds", "python train.py -m", "f" * 32))
    runs = made.all()
    assert list(commands(runs, group(list(runs)[:3]))) == []


def test_lists_are_split_at_outer_commas() -> None:
    command = "python train.py -m 'hidden_units=[47,47],[25]' 'rate=choice(1,2)'"
    grid = grid_of(command, [])
    assert grid.typed == {"hidden_units": ((47.0, 47.0), (25.0,)), "rate": (1.0, 2.0)}


def test_a_command_that_is_cut_is_a_clause(conf: Path) -> None:
    with pytest.raises(AnalysisError, match="is not whole"):
        grid_of("python train.py -m 'a=1", [conf / "experiment"])
