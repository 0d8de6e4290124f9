"""LaTeX tables fit their page, whatever is in them, and compile."""

import re
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.document import Table
from analysis.output import latex
from analysis.output.columns import cut
from analysis.output.letters import PACKAGES, escaped

TEXTS = st.text("abc de_%&λ−–<>", max_size=90)
SPECIAL = r"\ { } $ & # ^ _ % ~"
SIGNS = SPECIAL + "[]*<>|`'\"-,?!@=+/:;()0123456789\n\t"
LETTERS = st.one_of(
    st.sampled_from("σβγΔλΩμ²³₁₂ⁿₙ≤≥≠±∓√∞∂∑∈→⇒×÷°½…“”„«»–—‑’éßøŁčỳẞﬁ①Åж中😀\u0301\u200b\xa0\x00"),
    st.sampled_from(SIGNS),
    st.characters(exclude_categories=["Cs"]),
)
WORDS = st.text("abcXYZ_.-/=,%&0123456789±", min_size=1, max_size=30)
CELLS = st.one_of(
    st.floats(-1e3, 1e3).map("{:.4f} ± 0.0123".format), st.lists(WORDS, max_size=12).map(" ".join)
)


def made(rows: list[list[str]], numbers: set[int]) -> Table:
    head = [f"column {at}" for at in range(len(rows[0]))]
    return Table("one", "A & B: 50%", head, rows, sorted(numbers), note="n_1 < n_2")


def has_booktabs() -> bool:
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        return False
    found = subprocess.run(["kpsewhich", "booktabs.sty"], capture_output=True, check=False)
    return found.returncode == 0


latexed = pytest.mark.skipif(not has_booktabs(), reason="there is no LaTeX with booktabs")


def compiled(preamble: Sequence[str], body: Sequence[str], paper: str = "a4paper") -> str:
    """Set an article as LaTeX does and give its log; a fault of LaTeX's fails."""
    begun = [rf"\documentclass[{paper}]{{article}}", *preamble, r"\begin{document}"]
    with tempfile.TemporaryDirectory() as name:
        text = "\n".join([*begun, *body, r"\end{document}", ""])
        Path(name, "it.tex").write_text(text, encoding="utf-8")
        ended = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "it.tex"],
            cwd=name,
            capture_output=True,
            check=False,
        )
        log = Path(name, "it.log").read_text(encoding="latin-1")
    assert ended.returncode == 0, log[-2000:]
    assert "Missing character" not in log
    return log


def needed(text: str) -> str:
    """Give what a file's first line says that its preamble needs."""
    first = text.splitlines()[0]
    assert first.startswith("% Needs ")
    return first.removeprefix("% Needs ")


def overfull(log: str) -> list[str]:
    """Give the lines that leave the page by more than two points."""
    return [
        line
        for line in log.splitlines()
        if (found := re.match(r"Overfull \\hbox \(([\d.]+)pt", line)) and float(found[1]) > 2
    ]


@given(
    columns=st.lists(
        st.tuples(st.floats(1, 400), st.floats(0, 1)).map(
            lambda pair: (pair[0], pair[0] * pair[1])
        ),
        min_size=1,
        max_size=12,
    )
)
def test_columns_are_cut_no_more_than_the_line_asks_for(
    columns: list[tuple[float, float]],
) -> None:
    room = 120.0
    widths, least = zip(*columns, strict=True)
    found = cut(widths, least, room)
    assert (found is None) == (sum(least) > room)
    if found is not None:
        assert sum(found) <= room
        assert all(a <= b <= c for a, b, c in zip(least, found, widths, strict=True))
        assert sum(found) == pytest.approx(min(sum(widths), room), abs=0.02 * len(widths))
        cuts = [b for a, b, c in zip(least, found, widths, strict=True) if a < b < c]
        assert len(set(cuts)) <= 1, "the widest are cut, all to one width"


@given(text=TEXTS)
def test_what_latex_reads_as_commands_is_escaped(text: str) -> None:
    bare = escaped(text)
    for letter in "%&_":
        assert bare.count(letter) == bare.count("\\" + letter) == text.count(letter)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("σ", r"{\ensuremath{\sigma}}"),
        ("n²", r"n{\texttwosuperior}"),
        ("xᵢ", r"x\textsubscript{i}"),
        ("e\N{COMBINING ACUTE ACCENT}", r"{\'e}"),
        ("ж", "{[}U+0436{]}"),
        ("--from", "-{}-from"),
        ("a\r\nb", "a b"),
    ],
)
def test_letters_are_written_by_name(text: str, written: str) -> None:
    assert escaped(text) == written


@latexed
def test_every_letter_compiles() -> None:
    letters = [
        chr(code)
        for code in range(0x20000)
        if not 0x3400 <= code < 0xF900 and unicodedata.category(chr(code)) not in {"Cn", "Co"}
    ]
    written = [text for letter in letters if "U+" not in (text := escaped(f"a{letter}"))]
    assert len(written) > 2000
    assert all(text.isascii() for text in written)
    compiled(PACKAGES, [rf"{text} \textbf{{{text}}}\par" for text in written])


@latexed
@settings(max_examples=6, deadline=None)
@example(texts=["", "00:\x1b\U00015ca0\U000195ea\x1b", *[""] * 18])
@example(texts=["", "<\x1fꩍ0:\x1b\U0001188a", *[""] * 18])
@given(texts=st.lists(st.text(LETTERS, max_size=40), min_size=20, max_size=40))
def test_any_text_compiles_anywhere_in_a_table(texts: list[str]) -> None:
    rows = [[text, "1", text] for text in texts]
    one = Table("σ_%", texts[0], ["a", texts[1], "b"], rows, [1], note=texts[2])
    text = latex.table(one)
    assert text.isascii()
    assert not overfull(compiled([needed(text)], [text]))


@latexed
def test_special_characters_come_out_as_they_are() -> None:
    text = SPECIAL.replace(" ", "") + '<>|`-,*[]"--,,<<>>??``!`'
    shown = r"\pagestyle{empty}\tracingoutput=1 \showboxbreadth=999 \showboxdepth=99 "
    log = compiled(PACKAGES, [rf"{shown}\mbox{{{escaped(text)}}}"])
    assert "".join(re.findall(r"\\T[S1]+/cmr/m/n/10 (.)$", log, re.MULTILINE)) == text


def test_a_table_too_long_for_a_page_is_broken() -> None:
    row = ["a", "1"]
    assert r"\begin{table}" in latex.table(made([row] * 20, {1}))
    assert r"\begin{longtable}" in latex.table(made([row] * 60, {1}))


@latexed
@pytest.mark.parametrize("paper", ["a4paper", "letterpaper"])
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_a_table_fits_with_what_its_first_line_asks_for(paper: str, data: st.DataObject) -> None:
    for columns in (1, 3, 8, 14, 25):
        names = data.draw(st.lists(WORDS, min_size=columns, max_size=columns))
        row = st.lists(CELLS, min_size=columns, max_size=columns)
        rows = data.draw(st.lists(row, min_size=1, max_size=5))
        numbers = data.draw(st.sets(st.integers(0, columns - 1)))
        note = data.draw(CELLS)
        text = latex.table(Table("one", "Of any width", names, rows, sorted(numbers), note))
        assert not overfull(compiled([needed(text)], [text], paper))


def test_columns_that_no_line_holds_stand_in_parts_with_numbered_rows() -> None:
    head = [f"a_long_name_{at}" for at in range(25)]
    rows = [[f"{row}standardized{at}" for at in range(25)] for row in "xy"]
    text = latex.table(Table("one", "Wide", head, rows))
    parts = re.findall(r"part (\d) of (\d)", text)
    assert parts == [(str(at), parts[0][1]) for at in range(1, len(parts) + 1)]
    assert len(parts) > 1
    assert text.count(r"\label{") == 1
    joined = text.replace(r"\allowbreak{}", "")
    for at in range(25):
        assert joined.count(f"xstandardized{at} ") == joined.count(f"ystandardized{at} ") == 1
    for number in "12":
        assert len(re.findall(rf"^{number} & ", text, re.MULTILINE)) == len(parts)


@latexed
def test_words_that_no_sign_breaks_fit_too() -> None:
    words = ["中" * 40, "W" * 60, "0123456789" * 6, "_" * 40]
    text = latex.table(Table("one", words[0], words * 3, [words * 3], [0, 2], note=words[1]))
    assert not overfull(compiled([needed(text)], [text]))


@latexed
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
