"""The report that the repository shows is what analysis makes of the run records beside it."""

from pathlib import Path

import pytest

from analysis.archive import read_archive
from analysis.building import build
from analysis.cells import Rules, newest_code
from analysis.document import Document
from analysis.experiments import experiments
from analysis.output.manifest import NAME, PAGES, in_the_way, listed
from analysis.output.markdown import markdown
from analysis.output.saving import csv
from analysis.runs import Runs

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "docs" / "report"


@pytest.fixture(scope="module")
def records() -> Runs:
    return read_archive(REPORT / "records.zip")


@pytest.fixture(scope="module")
def document(records: Runs) -> Document:
    found = experiments([ROOT / "conf" / "experiment"])
    return build(records, found, Rules(newest_code=newest_code(records)))


def test_every_table_is_as_committed(document: Document) -> None:
    made = {f"{one.slug}.csv": csv(one.frame) for one in document.tables if one.frame is not None}
    committed = {
        path.name: path.read_bytes().decode("utf-8") for path in REPORT.glob("tables/*.csv")
    }
    assert made.keys() == committed.keys()
    for name, text in made.items():
        assert text == committed[name], name


def test_the_page_is_as_committed(document: Document) -> None:
    assert markdown(document) == (REPORT / "report.md").read_bytes().decode("utf-8")


def test_figures_show_the_numbers_that_are_committed(document: Document) -> None:
    for picture in document.pictures:
        committed = (REPORT / "figures" / f"{picture.slug}.csv").read_bytes().decode("utf-8")
        assert csv(picture.plot.frame()) == committed, picture.slug


def test_it_can_be_rebuilt_in_its_place(document: Document) -> None:
    """What lies beside it is somebody's own, and all else the report's, to be replaced."""
    files = {path.relative_to(REPORT).as_posix() for path in REPORT.rglob("*") if path.is_file()}
    assert files - listed(REPORT) == {"README.md", "records.zip", NAME}
    names = [f"figures/{one.slug}.svg" for one in document.pictures]
    assert in_the_way(REPORT, [*PAGES, *names]) == ""


def test_it_is_of_one_code_and_a_few_megabytes(records: Runs) -> None:
    assert len({run.tags["sweeps.code"] for run in records}) == 1
    assert (REPORT / "records.zip").stat().st_size < 4e6
    assert sum(path.stat().st_size for path in REPORT.rglob("*")) < 12e6
