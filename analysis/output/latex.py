"""Tables as LaTeX: booktabs, one file each, and one document that has them all.

A table fits the line of a plain article: in small letters, with columns that wrap, turned on its
side, or in parts that have some of the columns each. One that is too long for a page is broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analysis.document import Entry, Table
from analysis.output.columns import Fit, fitted, pieces, wrapped
from analysis.output.letters import PACKAGES, escaped

_LONG = 32  # lines of rows that a page holds beside other things
_ALWAYS = (*PACKAGES, r"\usepackage{booktabs,array}")
_IF_USED = ("longtable", r"\begin{longtable}"), ("pdflscape", r"\begin{landscape}")


@dataclass(frozen=True)
class _Part:
    """Columns of a table that stand side by side."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int]
    fit: Fit


def table(one: Table) -> str:
    """Write a table's file; its first line is a comment that says what a preamble needs for it."""
    parts = _parts([*one.head], [[_text(entry) for entry in row] for row in one.rows], one.numbers)
    label = rf"\label{{tab:{re.sub('[^A-Za-z0-9_.-]', '-', one.slug)}}}"
    lines: list[str] = []
    for number, part in enumerate(parts, 1):
        of = f" (part {number} of {len(parts)})" if len(parts) > 1 else ""
        named = rf"\caption{{{_broken(one.caption + of)}}}{label if number == 1 else ''}"
        lines += _set(part, named, one.note if number == len(parts) else "")
    used = [
        rf"\usepackage{{{name}}}"
        for name, mark in _IF_USED
        if any(line.startswith(mark) for line in lines)
    ]
    return "\n".join(["% Needs " + "".join([*_ALWAYS, *used]), *lines, ""])


def whole(tables: Iterable[Table]) -> str:
    """Write the document that inputs every table's file."""
    # LaTeX gives up when too many floats wait for a page.
    inputs = [rf"\input{{{one.slug}}}\clearpage" for one in tables]
    return "\n".join(
        [
            r"\documentclass{article}",
            *_ALWAYS,
            *(rf"\usepackage{{{name}}}" for name, _ in _IF_USED),
            r"\usepackage[margin=2cm]{geometry}",
            r"\begin{document}",
            *inputs,
            r"\end{document}",
            "",
        ]
    )


def _parts(
    head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]
) -> list[_Part]:
    """Give all columns; or, if no line holds them, some after some, with the rows numbered."""
    fit = fitted(head, rows, numbers)
    if fit is not None:
        return [_Part(head, rows, numbers, fit)]
    parts: list[_Part] = []
    group: list[int] = []
    for at in range(len(head)):
        wider = _numbered(head, rows, numbers, [*group, at]) if group else []
        if wider:
            parts[-1:] = wider
            group.append(at)
        else:
            parts += _numbered(head, rows, numbers, [at])
            group = [at]
    return parts


def _numbered(
    head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int], group: Sequence[int]
) -> list[_Part]:
    """Give some of the columns after one that numbers the rows; none if no line holds them.

    Any column alone can be broken so that a line holds it.
    """
    some = ["row", *(head[at] for at in group)]
    texts = [[str(row), *(entries[at] for at in group)] for row, entries in enumerate(rows, 1)]
    right = [0, *(place for place, at in enumerate(group, 1) if at in numbers)]
    fit = fitted(some, texts, right)
    return [] if fit is None else [_Part(some, texts, right, fit)]


def _set(part: _Part, named: str, note: str) -> list[str]:
    """Write a float, or a long table over several pages; turned ones have their own pages."""
    line = part.fit.line
    head, rows = _head(part), [_row(part, row) for row in part.rows]
    size = rf"\{line.size}\setlength{{\tabcolsep}}{{{line.gap / 2:g}pt}}\emergencystretch=3em"
    below = [rf"\par\smallskip{{\raggedright {_broken(note)}\par}}"] if note else []
    if not line.turned and part.fit.lines <= _LONG:
        return [
            r"\begin{table}[htbp]",
            rf"\centering{size}",
            rf"{named}\par\smallskip",
            rf"\begin{{tabular}}{{@{{}}{''.join(_columns(part))}@{{}}}}",
            *(r"\toprule", head, r"\midrule"),
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            *below,
            r"\end{table}",
        ]
    return [
        *([r"\begin{landscape}"] if line.turned else []),
        rf"\begingroup{size}\setlength{{\LTcapwidth}}{{\linewidth}}",
        rf"\begin{{longtable}}{{@{{}}{''.join(_fixed(part))}@{{}}}}",
        rf"{named}\\",
        *(r"\toprule", head, r"\midrule", r"\endhead"),
        *(r"\bottomrule", r"\endfoot"),
        *rows,
        r"\end{longtable}",
        *below,
        r"\endgroup",
        *([r"\end{landscape}"] if line.turned else []),
    ]


def _columns(part: _Part) -> Iterator[str]:
    """Say how each column is set: as wide as its text, or wrapped in its share of the line."""
    for at, wraps in enumerate(part.fit.wraps):
        right = at in part.numbers
        if wraps:
            ragged = r"\raggedleft" if right else r"\raggedright"
            yield rf">{{{ragged}\arraybackslash}}p{{{part.fit.share(at):.4f}\linewidth}}"
        else:
            yield "r" if right else "l"


def _fixed(part: _Part) -> Iterator[str]:
    """Give every column its width: a long table finds them out only when it is set again."""
    for at, column in enumerate(_columns(part)):
        yield column if part.fit.wraps[at] else f"w{{{column}}}{{{part.fit.widths[at]:.1f}pt}}"


def _head(part: _Part) -> str:
    """Write the titles, each on as many lines as its column asks for."""
    titles = []
    for at, title in enumerate(part.head):
        lines = wrapped(title, part.fit.widths[at] + 0.1, part.fit.line, bold=True)
        bold = [rf"\textbf{{{escaped(line)}}}" for line in lines]
        side = "r" if at in part.numbers else "l"
        stacked = rf"\begin{{tabular}}[b]{{@{{}}{side}@{{}}}}" + r"\\".join(bold) + r"\end{tabular}"
        titles.append(stacked if len(bold) > 1 else "".join(bold))
    return " & ".join(titles) + r" \\"


def _row(part: _Part, row: Sequence[str]) -> str:
    texts = [
        _broken(text) if wraps else escaped(text)
        for text, wraps in zip(row, part.fit.wraps, strict=True)
    ]
    return " & ".join(texts) + r" \\"


def _broken(text: str) -> str:
    """Write text that may be broken inside of long words, too."""
    written = ""
    for piece in pieces(text):
        joint = "" if not written or piece[0].isspace() else r"\allowbreak{}"
        written += joint + escaped(piece)
    return written


def _text(entry: Entry) -> str:
    return entry if isinstance(entry, str) else entry.text
