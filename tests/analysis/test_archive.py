"""Run records in a file: what comes back is what went in, in the same bytes each time."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.archive import read_archive, write
from analysis.errors import AnalysisError


def test_what_comes_back_is_what_went_in(activations: Any, tmp_path: Path) -> None:
    activations.add({"activation": "elu"}, None, state="failed")
    runs = activations.all()
    write(tmp_path / "a.zip", runs, ["test"], {"check.csv": "a,b\n1,2\n"})
    found = read_archive(tmp_path / "a.zip")
    assert list(found) == list(runs)
    assert found.sweeps == runs.sweeps
    every = list(runs)
    for own, theirs in zip(runs.curves(every), found.curves(every), strict=True):
        assert own.keys() == theirs.keys()
        for name in own:
            np.testing.assert_array_equal(own[name], theirs[name])
    for bits, again in zip(runs.correct(every, "test"), found.correct(every, "test"), strict=True):
        np.testing.assert_array_equal(bits, again)
    assert found.kept.table("check.csv") == "a,b\n1,2\n"
    assert found.kept.table("other.csv") is None


def test_equal_records_are_equal_bytes(activations: Any, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        write(tmp_path / name, activations.all(), ["test"], {})
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    write(tmp_path / "c.zip", read_archive(tmp_path / "a.zip"), ["test"], {})
    assert (tmp_path / "c.zip").read_bytes() == (tmp_path / "a.zip").read_bytes()


def test_a_file_of_something_else_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK?")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as file:
        file.writestr("other", "x")
    for name in ("a.zip", "b.zip"):
        with pytest.raises(AnalysisError, match="holds no run records"):
            read_archive(tmp_path / name)
