"""Tables as LaTeX: booktabs, one file each, and one document that has them all."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.document import Document, Entry, Table

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
_WORDY = 24  # letters from which a column is one of text that wraps


def escaped(text: str) -> str:
    """Write text so that LaTeX prints it."""
    return "".join(_MEANT.get(letter, letter) for letter in text)


def table(one: Table) -> str:
    """Write a table float; columns of long text wrap."""
    wordy = [at for at in range(len(one.head)) if _is_wordy(one, at)]
    share = 0.55 / len(wordy) if wordy else 0.0
    columns = "".join(
        rf"p{{{share:.2f}\linewidth}}" if at in wordy else "r" if at in one.numbers else "l"
        for at in range(len(one.head))
    )
    note = [rf"\par\smallskip{{\footnotesize {escaped(one.note)}}}"] if one.note else []
    return "\n".join(
        [
            r"\begin{table}[htbp]",
            r"\centering\small",
            rf"\caption{{{escaped(one.caption)}}}",
            rf"\label{{tab:{one.slug}}}",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            _row(one.head, heads=True),
            r"\midrule",
            *(_row(row) for row in one.rows),
            r"\bottomrule",
            r"\end{tabular}",
            *note,
            r"\end{table}",
            "",
        ]
    )


def whole(document: Document) -> str:
    """Write the document that inputs every table's file."""
    inputs = [rf"\input{{{one.slug}}}" for one in document.tables]
    return "\n".join(
        [
            r"\documentclass{article}",
            r"\usepackage[utf8]{inputenc}",
            r"\usepackage[T1]{fontenc}",
            r"\usepackage{booktabs,array}",
            r"\usepackage[margin=2cm,landscape]{geometry}",
            r"\begin{document}",
            *inputs,
            r"\end{document}",
            "",
        ]
    )


def _is_wordy(one: Table, column: int) -> bool:
    return any(len(_text(row[column])) > _WORDY for row in one.rows) and column not in one.numbers


def _row(entries: Sequence[Entry], *, heads: bool = False) -> str:
    texts = [escaped(_text(entry)) for entry in entries]
    if heads:
        texts = [rf"\textbf{{{text}}}" for text in texts]
    return " & ".join(texts) + r" \\"


def _text(entry: Entry) -> str:
    return entry if isinstance(entry, str) else entry.text
