"""Any text as LaTeX that prints it, in ASCII, whatever the engine and its fonts know."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from pylatexenc.latexencode import UnicodeToLatexEncoder

PACKAGES = (r"\usepackage[T1]{fontenc}", r"\usepackage{amssymb}")

# What LaTeX reads otherwise, also where it only looks harmless: \\ takes a [ or * that follows.
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
    "`": r"\textasciigrave{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",
    "*": "{*}",
    "−": "$-$",
    "‑": "-",
    "’": "'",
    "ε": r"$\varepsilon$",
    "ɛ": r"$\varepsilon$",
    "ϒ": r"$\Upsilon$",
}
# Letters that pylatexenc writes with macros of packages that aren't everywhere.
_ELSEWHERE = re.compile(
    r"\\(?:CYR|cyr|text(?:hvlig|nrleg|schwa|phi|glotstop|turnk|frac)|arrowwave|dblarrowupdown"
    r"|DownArrowUpArrow|rightangle|iint|iiint|surfint|volint|clwint|homothetic|lazysinv|approxnot"
    r"|tildetrpl|allequal|estimates|starequal|notless|notgreater|truestate|forcesextra|VDash"
    r"|original|image|hermitconj|verymuch|precedesnotsim|udots|varpersp|recorder|quarternote"
    r"|clockoint|sqrint|mathscr|boldsymbol|nument|nobreakdash|[CU](?![A-Za-z])|mathbb\{[^A-Z])"
    r"|[ΐ♭♮♯]"
)
_RAISED = {"<super>": "textsuperscript", "<sub>": "textsubscript"}
_PLAIN = re.compile(r"[A-Za-z0-9 ().:;=+/@!?]")
_ENCODER = UnicodeToLatexEncoder(
    replacement_latex_protection="none",
    unknown_char_policy="ignore",
    unknown_char_warning=False,
)


def escaped(text: str) -> str:
    """Write text so that LaTeX prints it: on one line, in ASCII, with `PACKAGES`.

    A letter that LaTeX's usual fonts lack becomes its number, as in [U+0416].
    """
    # A line ends at white space, as str.isspace has it: at these two control characters as well.
    spaced = unicodedata.normalize("NFC", text).replace("\t", " ").replace("\x1f", " ")
    one_line = " ".join(spaced.splitlines())
    # Two of these in a row would be joined into another sign.
    return re.sub(r"([-',])(?=\1)", r"\1{}", "".join(map(_letter, one_line)))


@cache
def _letter(letter: str) -> str:
    if letter in _MEANT:
        return _MEANT[letter]
    if _PLAIN.match(letter) or letter in "-',":
        return letter
    category = unicodedata.category(letter)
    if category == "Cf":  # marks that print nothing
        return ""
    known = "" if category == "Cc" else _encoded(letter)
    if known:
        return known
    kind, *codes = unicodedata.decomposition(letter).split() or [""]
    if kind.startswith("<"):
        parts = "".join(_letter(chr(int(code, 16))) for code in codes)
        return rf"\{_RAISED[kind]}{{{parts}}}" if kind in _RAISED else parts
    return f"{{[}}U+{ord(letter):04X}{{]}}"


def _encoded(letter: str) -> str:
    written = str(_ENCODER.unicode_to_latex(letter))
    if not written or not written.isascii() or _ELSEWHERE.search(letter + written):
        return ""
    return f"{{{written}}}"
