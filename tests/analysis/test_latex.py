"""LaTeX tables fit their page, whatever is in them, and compile."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.document import Table
from analysis.output import latex

TEXTS = st.text("abc de_%&λ−–<>", max_size=90)


def made(rows: list[list[str]], numbers: set[int]) -> Table:
    head = [f"column {at}" for at in range(len(rows[0]))]
    return Table("one", "A & B: 50%", head, rows, sorted(numbers), note="n_1 < n_2")


def has_booktabs() -> bool:
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        return False
    found = subprocess.run(["kpsewhich", "booktabs.sty"], capture_output=True, check=False)
    return found.returncode == 0


@given(widths=st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_columns_are_cut_no_more_than_the_line_asks_for(widths: list[int]) -> None:
    room = 120
    widest = latex._widest(widths, room)
    assert sum(min(width, widest) for width in widths) <= room
    if widest < max(widths):
        assert sum(min(width, widest + 1) for width in widths) > room


@given(text=TEXTS)
def test_what_latex_reads_as_commands_is_escaped(text: str) -> None:
    bare = latex.escaped(text)
    for letter in "%&_":
        assert bare.count(letter) == bare.count("\\" + letter) == text.count(letter)


def test_a_table_too_long_for_a_page_is_broken() -> None:
    row = ["a", "1"]
    assert r"\begin{table}" in latex.table(made([row] * 20, {1}))
    assert r"\begin{longtable}" in latex.table(made([row] * 60, {1}))


@pytest.mark.skipif(not has_booktabs(), reason="there is no LaTeX with booktabs")
def test_the_whole_compiles_and_fits(tmp_path: Path) -> None:
    wide = ["a long text of many words, which wraps " * 3, "0.1234 ± 0.0012", *["word " * 8] * 4]
    tables = [replace(made([wide] * rows, {1}), slug=slug) for slug, rows in (("a", 3), ("b", 50))]
    for one in tables:
        (tmp_path / f"{one.slug}.tex").write_text(latex.table(one), encoding="utf-8")
    (tmp_path / "tables.tex").write_text(latex.whole(tables), encoding="utf-8")
    ended = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-2000:]
    assert "Overfull" not in ended.stdout
