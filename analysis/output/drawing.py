"""A figure as SVG, PNG and PDF, the same bytes each time."""

from __future__ import annotations

import io
import re

from PIL import Image

from analysis.document import Picture
from analysis.figures.style import styled

KINDS = ("svg", "png", "pdf")
_NO_DATE = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
_PLACES = re.compile(rb' (d|x|y)="([^"]*)"')
_LONG = re.compile(rb"-?\d+\.\d{3,}")
_BETWEEN = re.compile(rb"<!--.*?-->\n|^ +", re.MULTILINE)


def draw(picture: Picture, width: float) -> dict[str, bytes]:
    """Draw a figure `width` inches wide, once, in every format."""
    figure = picture.plot.draw(width)
    made = {}
    with styled():
        for kind in KINDS:
            file = io.BytesIO()
            figure.savefig(file, format=kind, metadata=_NO_DATE[kind])
            made[kind] = file.getvalue()
    made["svg"] = _of_few_digits(made["svg"])
    made["png"] = _of_few_colours(made["png"])
    return made


def _of_few_colours(png: bytes) -> bytes:
    """Keep 256 colours, which a figure hardly needs: it takes a third of the bytes."""
    whole = Image.open(io.BytesIO(png))
    few = whole.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG", optimize=True, dpi=whole.info["dpi"])
    return file.getvalue()


def _of_few_digits(svg: bytes) -> bytes:
    """Keep hundredths of a point, and no comments or indentation: three quarters of the bytes."""
    return _PLACES.sub(_shortened, _BETWEEN.sub(b"", svg))


def _shortened(attribute: re.Match[bytes]) -> bytes:
    """Round what an attribute says; in a path, a line that follows a line needs no L."""
    name, value = attribute.groups()
    kept: list[bytes] = []
    command = b""
    for word in _LONG.sub(_hundredths, value).split():
        is_repeated = word == b"L" and command in {b"M", b"L"}
        command = word if word.isalpha() else command
        if not is_repeated:
            kept.append(word)
    return b' %s="%s"' % (name, b" ".join(kept))


def _hundredths(number: re.Match[bytes]) -> bytes:
    return (b"%.2f" % float(number[0])).rstrip(b"0").rstrip(b".")
