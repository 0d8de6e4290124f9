"""--help says every choice there is, in the words of conf/ itself."""

from dataclasses import fields
from pathlib import Path

from mlp.compose import CONF, Schema
from mlp.usage import usage


def test_every_option_of_every_group_stands_there_with_what_it_does() -> None:
    lines = usage([CONF]).splitlines()
    options = [path for path in CONF.glob("*/*.yaml") if path.parent.name != "hydra"]
    assert options
    for option in options:
        (line,) = [
            one
            for one in lines
            if one.split()[:1] == [option.stem]
            and one[4] != " "
            and _group_of(lines, one) == option.parent.name
        ]
        assert len(line.split()) > 1, f"{option} has no comment that says what it does"


def _group_of(lines: list[str], line: str) -> str:
    above = lines[: lines.index(line)]
    return next(one for one in reversed(above) if one.endswith("=")).strip(" +=")


def test_every_setting_stands_there() -> None:
    text = usage([CONF])
    groups = {path.name for path in CONF.iterdir() if path.is_dir()}
    # hidden_units is what an architecture sets; report is the report's own business.
    for setting in {one.name for one in fields(Schema)} - groups - {"hidden_units", "report"}:
        assert f"\n  {setting}:" in text


def test_three_examples_and_no_word_of_hydras_own_sections() -> None:
    text = usage([CONF])
    assert text.count("\n  python -m mlp.run") == 3
    assert "launcher" not in text
    assert "defaults:" not in text


def test_a_folder_without_options_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "config.yaml").write_text("# Passes.\nepochs: 3\n", encoding="utf-8")
    assert "empty" not in usage([tmp_path])


def test_a_group_without_a_default_is_shown_with_its_plus() -> None:
    lines = usage([CONF]).splitlines()
    assert "  +experiment=" in lines
    assert "  +reading=" in lines
    assert "  activation=" in lines


def test_options_of_ones_own_stand_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    mine = "# @package _global_\n# python -m mlp.run -m +experiment=mine\n# My question.\n"
    (tmp_path / "experiment" / "mine.yaml").write_text(mine, encoding="utf-8")
    lines = usage([CONF, tmp_path]).splitlines()
    (line,) = [one for one in lines if one.endswith("My question.")]
    assert line.split()[0] == "mine"
    assert _group_of(lines, line) == "experiment"
