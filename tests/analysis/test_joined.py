"""Runs of several files are read as if they had been in one."""

from pathlib import Path
from typing import Any

import pytest

from analysis.archive import write
from analysis.errors import AnalysisError
from analysis.export import command as export
from analysis.reading import read_all
from analysis.runs import Runs


def halves(made: Any, folder: Path) -> list[str]:
    """Write the runs into two files that share some, in no order, with a table in the second."""
    runs = list(made.all())
    parts = {"b.zip": runs[12:], "a.zip": runs[:18][::-1]}
    for name, part in parts.items():
        tables = {"check.csv": "parameter,difference\nbias,0\n"} if name == "a.zip" else {}
        write(folder / name, Runs(part, made.sweeps, made.memory), ["test"], tables)
    return [str(folder / name) for name in parts]


def test_two_halves_are_the_whole(activations: Any, tmp_path: Path) -> None:
    write(tmp_path / "whole.zip", activations.all(), ["test"], {})
    told = [part for source in halves(activations, tmp_path) for part in ("--from", source)]
    export([str(tmp_path / "both.zip"), *told])
    assert (tmp_path / "both.zip").read_bytes() == (tmp_path / "whole.zip").read_bytes()


def test_a_table_is_that_of_the_first_that_has_it(activations: Any, tmp_path: Path) -> None:
    both = read_all(halves(activations, tmp_path))
    assert both.kept.table("check.csv") == "parameter,difference\nbias,0\n"
    assert both.kept.table("other.csv") is None


def test_an_experiment_that_no_source_has_is_said(activations: Any, tmp_path: Path) -> None:
    sources = halves(activations, tmp_path)
    assert len(read_all(sources, ["made"])) == len(activations.runs)
    with pytest.raises(AnalysisError, match="There is no experiment other: there are made"):
        read_all(sources, ["other"])
