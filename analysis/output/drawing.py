"""A figure as SVG, PNG and PDF, the same bytes each time."""

from __future__ import annotations

import io

from PIL import Image

from analysis.document import Picture
from analysis.figures.style import styled

KINDS = ("svg", "png", "pdf")
_NO_DATE = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def draw(picture: Picture, width: float) -> dict[str, bytes]:
    """Draw a figure `width` inches wide, once, in every format."""
    figure = picture.plot.draw(width)
    made = {}
    with styled():
        for kind in KINDS:
            file = io.BytesIO()
            figure.savefig(file, format=kind, metadata=_NO_DATE[kind])
            made[kind] = file.getvalue()
    made["png"] = _of_few_colours(made["png"])
    return made


def _of_few_colours(png: bytes) -> bytes:
    """Keep 256 colours, which a figure hardly needs: it takes a third of the bytes."""
    whole = Image.open(io.BytesIO(png))
    few = whole.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG", optimize=True, dpi=whole.info["dpi"])
    return file.getvalue()
