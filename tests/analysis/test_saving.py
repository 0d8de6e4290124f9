"""A report in a folder that has other files, or an older report, or can't be written at all."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from analysis.archive import write
from analysis.compare import command as compare
from analysis.errors import AnalysisError
from analysis.output.manifest import NAME

OWN = {"figures/mine.png": b"mine", "tables/mine.tex": b"mine", "README.md": b"mine"}


@pytest.fixture
def records(activations: Any, tmp_path: Path) -> str:
    write(tmp_path / "records.zip", activations.all(), ["test"], {})
    return str(tmp_path / "records.zip")


@pytest.fixture
def older(records: str, activations: Any, tmp_path: Path) -> str:
    """Give records of which the report has more figures."""
    activations.add({"activation": "tanh", "learning_rate": 0.3}, 0.7)
    write(tmp_path / "older.zip", activations.all(), ["test"], {})
    return str(tmp_path / "older.zip")


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """Give a folder of somebody who writes a paper."""
    return filled(tmp_path / "paper", OWN)


def filled(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def made(records: str, folder: Path) -> dict[str, bytes]:
    compare(["--from", records, "--out", str(folder)])
    return files(folder)


def test_others_files_stay_as_they_are(
    records: str, paper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = made(records, paper.with_name("alone"))
    monkeypatch.chdir(paper)
    assert made(records, Path()) == {**alone, **OWN}
    assert made(records, Path()) == {**alone, **OWN}, "over an older report"


@pytest.mark.parametrize(
    "name", ["report.md", "report.html", "figures/curves.svg", "tables/compare.csv", NAME]
)
def test_a_file_that_no_report_wrote_is_never_replaced(
    records: str, paper: Path, name: str
) -> None:
    before = {**OWN, name: b"my own"}
    filled(paper, before)
    with pytest.raises(AnalysisError, match=rf"{re.escape(name)}, which may be somebody's own"):
        made(records, paper)
    assert files(paper) == before
    assert [path.name for path in paper.parent.iterdir() if path.name.startswith(".")] == []


def test_what_only_the_older_report_had_goes(records: str, older: str, paper: Path) -> None:
    first = made(older, paper)
    assert "figures/heat.svg" in first
    assert made(records, paper) == {**made(records, paper.with_name("alone")), **OWN}


def test_a_manifest_reaches_no_file_that_a_report_could_not_have_written(
    records: str, paper: Path
) -> None:
    first = made(records, paper)
    outside = filled(paper.parent, {"outside": b"x", "paper/notes.md": b"x"})
    lines = ["../outside", "notes.md", "figures/../notes.md", f"{outside}/outside", "tables/.."]
    with (paper / NAME).open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    assert made(records, paper) == {**first, "notes.md": b"x"}
    assert (outside / "outside").read_bytes() == b"x"


@pytest.mark.parametrize("moved", [0, 1, 5, 10])
def test_a_fault_while_files_are_put_in_place_leaves_whole_ones_and_the_next_report_mends_it(
    records: str, older: str, paper: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    old = made(older, paper)
    new = made(records, paper.with_name("alone"))
    calls = iter(range(100))
    replace = os.replace

    def replace_some(source: Path, target: Path) -> None:
        if next(calls) >= moved:
            raise OSError(28, "No space left on device", str(target))
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replace_some)
        with pytest.raises(AnalysisError, match=r"can't be written to .*No space left"):
            made(records, paper)
    for name, data in files(paper).items():
        if name != NAME:
            assert data in {old.get(name), new.get(name)}, name
    assert made(records, paper) == {**new, **OWN}


def test_a_figure_that_cannot_be_drawn_leaves_the_old_report_whole(
    records: str, paper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = made(records, paper)

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("analysis.output.saving.draw", fails)
    with pytest.raises(ZeroDivisionError):
        made(records, paper)
    assert files(paper) == old


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_where_a_folder_is_needed_is_said_before_anything_is_read(
    tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(AnalysisError, match=r"Nothing can be written into .*file is no folder"):
        compare(["--from", "not even looked for.db", "--out", str(tmp_path / place)])
    assert (tmp_path / "file").read_bytes() == b"mine"
