"""Tables as LaTeX: booktabs, one file each, and one document that has them all.

A column that is too wide for the line wraps, and a table that is too long for a page is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analysis.document import Entry, Table

_MEANT = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "−": "$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "–": "--",
    "—": "---",
    "“": "``",
    "”": "''",
    "’": "'",
    "…": r"\ldots{}",
    "λ": r"$\lambda$",
    "γ": r"$\gamma$",
    "τ": r"$\tau$",
    "ε": r"$\varepsilon$",
    "α": r"$\alpha$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "→": r"$\to$",
    "·": r"$\cdot$",
}
# What a line of the whole document holds, in letters of its tables, which are small; a column's
# space to the next takes two.
_LINE = 140
_SPACE = 2
_NARROWEST = 6
_LONG = 32  # rows that a page still holds


def escaped(text: str) -> str:
    """Write text so that LaTeX prints it."""
    return "".join(_MEANT.get(letter, letter) for letter in text)


def table(one: Table) -> str:
    """Write a table: a float, or a long table over several pages."""
    columns = "".join(_columns(one))
    head, rows = _row(one.head, heads=True), [_row(row) for row in one.rows]
    named = rf"\caption{{{escaped(one.caption)}}}\label{{tab:{one.slug}}}"
    note = [rf"\par\smallskip{{\footnotesize {escaped(one.note)}}}"] if one.note else []
    if len(rows) > _LONG:
        lines = [
            r"\begingroup\footnotesize",
            rf"\begin{{longtable}}{{{columns}}}",
            rf"{named}\\",
            *(r"\toprule", head, r"\midrule", r"\endhead"),
            *(r"\bottomrule", r"\endfoot"),
            *rows,
            r"\end{longtable}",
            *note,
            r"\endgroup",
        ]
    else:
        lines = [
            r"\begin{table}[htbp]",
            r"\centering\footnotesize",
            named,
            rf"\begin{{tabular}}{{{columns}}}",
            *(r"\toprule", head, r"\midrule"),
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            *note,
            r"\end{table}",
        ]
    return "\n".join([*lines, ""])


def whole(tables: Iterable[Table]) -> str:
    """Write the document that inputs every table's file."""
    # LaTeX gives up when too many floats wait for a page.
    inputs = [rf"\input{{{one.slug}}}\clearpage" for one in tables]
    return "\n".join(
        [
            r"\documentclass{article}",
            r"\usepackage[utf8]{inputenc}",
            r"\usepackage[T1]{fontenc}",
            r"\usepackage{booktabs,array,longtable}",
            r"\usepackage[margin=2cm,landscape]{geometry}",
            r"\begin{document}",
            *inputs,
            r"\end{document}",
            "",
        ]
    )


def _columns(one: Table) -> Iterator[str]:
    """Say how each column is set: as wide as its text, or wrapped where the line can't hold it."""
    widths = [
        max(len(_text(row[at])) for row in (one.head, *one.rows)) for at in range(len(one.head))
    ]
    widest = _widest(widths, _LINE - _SPACE * len(widths))
    for at, width in enumerate(widths):
        if width <= widest:
            yield "r" if at in one.numbers else "l"
        else:
            side = "left" if at in one.numbers else "right"
            share = widest / _LINE
            yield rf">{{\ragged{side}\arraybackslash}}p{{{share:.3f}\linewidth}}"


def _widest(widths: Sequence[int], room: int) -> int:
    """Give the letters to which the widest columns are cut so that all have room."""
    if sum(widths) <= room:
        return max(widths)
    for widest in range(max(widths), _NARROWEST, -1):
        if sum(min(width, widest) for width in widths) <= room:
            return widest
    return _NARROWEST


def _row(entries: Sequence[Entry], *, heads: bool = False) -> str:
    texts = [escaped(_text(entry)) for entry in entries]
    if heads:
        texts = [rf"\textbf{{{text}}}" for text in texts]
    return " & ".join(texts) + r" \\"


def _text(entry: Entry) -> str:
    return entry if isinstance(entry, str) else entry.text
