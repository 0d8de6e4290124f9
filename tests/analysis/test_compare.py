"""`python -m analysis.compare` on grids like those that people sweep."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.archive import write
from analysis.compare import command
from analysis.errors import AnalysisError

Compare = Callable[..., str]


@pytest.fixture
def grid(made: Any) -> Any:
    """Two settings crossed, one that goes with a third, and a cost that doesn't vary."""
    for seed in range(3):
        for name, kind in (("tanh", "a"), ("relu", "b")):
            for rate in (0.1, 0.2, 0.3, 0.4):
                params = {"activation": name, "alias": kind, "learning_rate": rate, "seed": seed}
                run = made.add(params, 0.6 + rate / 2 + 0.01 * seed)
                run.metrics["parameters"] = 39760.0
                run.metrics["training_flop"] = 1e9 * rate
    return made


@pytest.fixture
def compare(grid: Any, tmp_path: Path) -> Compare:
    """Give the page of a comparison."""

    def made(*arguments: str) -> str:
        write(tmp_path / "records.zip", grid.all(), ["test"], {})
        command(
            ["--from", str(tmp_path / "records.zip"), "--out", str(tmp_path / "out"), *arguments]
        )
        return (tmp_path / "out" / "report.md").read_text(encoding="utf-8")

    return made


def test_groups_that_mix_are_refused_with_the_ways_out(compare: Compare, tmp_path: Path) -> None:
    told = (
        "2 of 2 groups are refused because they mix runs that differ in learning_rate: group by"
        " these, too (--by), or average over them (--allow-mixed)."
    )
    with pytest.raises(AnalysisError) as caught:
        compare("--by", "activation")
    assert str(caught.value) == told
    assert not (tmp_path / "out").exists()


def test_both_ways_lead_out(compare: Compare) -> None:
    both = compare("--by", "activation", "--by", "learning_rate")
    assert len(re.findall(r"^\| (?:tanh|relu) \| [0-9.]+ \| 3 \|", both, re.MULTILINE)) == 8
    averaged = compare("--by", "activation", "--allow-mixed")
    assert len(re.findall(r"^\| (?:tanh|relu) \| 12 \|", averaged, re.MULTILINE)) == 2
    assert "95% over runs" in averaged
    assert "95% over seeds" not in averaged
    assert "figures/curves.svg" in averaged


def test_groups_that_are_whole_are_shown_beside_those_that_mix(compare: Compare, grid: Any) -> None:
    grid.add({"activation": "elu", "alias": "c", "learning_rate": 0.1}, 0.8)
    text = compare("--by", "activation")
    assert "2 of 3 groups are refused because they mix" in text
    assert "| elu | 1 |" in text
    assert "figures/curves.svg" in text


def test_figures_choose_what_shows_most(compare: Compare) -> None:
    text = compare()
    assert "**activation and learning_rate, each with the best of all else**" in text
    assert "**test accuracy (%) against training flop**" in text
    assert "Not drawn, as they change only together: alias with activation." in text
    assert "The 7 of the highest mean test accuracy (%) are drawn; 1 are left out." in text


def test_the_user_may_choose_otherwise(compare: Compare) -> None:
    text = compare("--heat", "alias", "activation", "--against", "parameters")
    assert "**alias and activation, each with the best of all else**" in text
    assert "**test accuracy (%) against parameters**" in text


def test_what_can_not_be_drawn_is_said(compare: Compare, grid: Any) -> None:
    grid.runs[:] = [
        run
        for run in grid.runs
        if (run.params["activation"] == "tanh") == (run.params["learning_rate"] == "0.1")
        and run.params["learning_rate"] in {"0.1", "0.3"}
    ]
    for run in grid.runs:
        del run.metrics["training_flop"]
    text = compare()
    assert "There is no heat map, because no two params were crossed." in text
    assert "Nothing to weigh against: parameters differ between no settings." in text
    assert "figures/heat.svg" not in text
    assert "figures/cost.svg" not in text


@pytest.mark.parametrize("width", ["3", "3.9"])
def test_figures_too_narrow_to_hold_their_words_are_refused(compare: Compare, width: str) -> None:
    told = f"--width {width} is not allowed: figures are 4 to 20 inches wide."
    with pytest.raises(AnalysisError, match=re.escape(told)):
        compare("--width", width)
