"""Run records in a file: what comes back is what went in, in the same bytes each time."""

import json
import re
import zipfile
from collections.abc import Callable
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


Index = dict[str, Any]
Parts = dict[str, bytes]


def _listed(index: Index, parts: Parts) -> None:
    parts["runs.json"] = json.dumps(index["runs"]).encode()


def _other_format(index: Index, parts: Parts) -> None:
    index["format"] = 2


def _no_json(index: Index, parts: Parts) -> None:
    parts["runs.json"] = b"{"


def _no_tags(index: Index, parts: Parts) -> None:
    for run in index["runs"]:
        del run["tags"]


def _wrong_kind(index: Index, parts: Parts) -> None:
    index["runs"][0]["params"]["seed"] = 3


def _no_curves(index: Index, parts: Parts) -> None:
    del parts["curves.bin"]


def _short_curves(index: Index, parts: Parts) -> None:
    parts["curves.bin"] = parts["curves.bin"][:-4]


def _endless_curves(index: Index, parts: Parts) -> None:
    index["runs"][0]["curves"][1] = 2**60


def _less_than_none(index: Index, parts: Parts) -> None:
    index["runs"][0]["curves"][1] = -1


def _short_bits(index: Index, parts: Parts) -> None:
    parts["test_correct.bin"] = b"ab"


def _endless_bits(index: Index, parts: Parts) -> None:
    index["correct"]["test"][0] = 2**60


def _of_other_runs(index: Index, parts: Parts) -> None:
    index["correct"]["test"].append(-1)


def _twice(index: Index, parts: Parts) -> None:
    index["runs"][1]["run_id"] = index["runs"][0]["run_id"]


def _odd_sweep(index: Index, parts: Parts) -> None:
    index["sweeps"] = [{"key": "k"}]


def _no_text(index: Index, parts: Parts) -> None:
    parts["tables/check.csv"] = b"\xff"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_listed, "runs.json: Input should be a valid dictionary"),
        (_other_format, "format 2, and this version reads 1"),
        (_no_json, "runs.json is no JSON"),
        (_no_tags, "runs.json.runs.0.tags: Field required; runs.json.runs.1.tags: Field required"),
        (_no_tags, "; and 27 more"),
        (_wrong_kind, "runs.json.runs.0.params.seed: Input should be a valid string"),
        (_no_curves, "it has no curves.bin"),
        (_short_curves, "curves.bin has 1916 bytes, and runs.json tells of 1920"),
        (_endless_curves, "curves.bin has 1920 bytes, and runs.json tells of 922337203685477"),
        (_less_than_none, "runs.json.runs.0.curves.1: Input should be greater than or equal to 0"),
        (_short_bits, "test_correct.bin has 2 bytes, and runs.json tells of 1500"),
        (_endless_bits, "test_correct.bin has 1500 bytes, and runs.json tells of 144115188075857"),
        (_of_other_runs, "runs.json.correct.test tells of 31 runs, not of 30"),
        (_twice, "runs.json has runs of one run_id twice"),
        (_odd_sweep, "runs.json.sweeps.0.name: Field required"),
        (_no_text, "can't decode byte 0xff"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    activations: Any, tmp_path: Path, spoil: Callable[[Index, Parts], None], told: str
) -> None:
    path = tmp_path / "a.zip"
    write(path, activations.all(), ["test"], {"check.csv": "a\n"})
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    index = json.loads(parts.pop("runs.json"))
    spoil(index, parts)
    with zipfile.ZipFile(path, "w") as file:
        for name, data in {"runs.json": json.dumps(index).encode(), **parts}.items():
            file.writestr(name, data)
    with pytest.raises(AnalysisError, match=re.escape(told)) as caught:
        read_archive(path)
    assert len(str(caught.value).splitlines()) == 1
    assert str(path) in str(caught.value)


def test_what_cannot_be_written_leaves_nothing(activations: Any, tmp_path: Path) -> None:
    (tmp_path / "a.zip").mkdir()
    with pytest.raises(AnalysisError, match=r"Run records can't be written to .*a\.zip: "):
        write(tmp_path / "a.zip", activations.all(), ["test"], {})
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
