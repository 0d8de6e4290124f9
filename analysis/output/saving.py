"""Writes a document and all that goes with it into a folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

import pandas as pd

from analysis.document import Document, Picture
from analysis.output.drawing import KINDS, draw
from analysis.output.latex import table as latex_table
from analysis.output.latex import whole
from analysis.output.markdown import markdown
from analysis.output.page import page

_OURS = ("figures", "tables", "latex")


def save(document: Document, folder: Path, width: float, pool: Executor | None = None) -> None:
    """Write report.md, report.html, figures/, tables/ and latex/; `pool` draws the figures.

    All is written beside `folder` first, so that a fault halfway leaves the old report whole.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        made = Path(name)
        for part in _OURS:
            (made / part).mkdir()
        drawn = {}
        pictures = document.pictures
        for picture, files in zip(pictures, _drawn(pictures, width, pool), strict=True):
            drawn[picture.slug] = files["svg"].decode("utf-8")
            for kind in KINDS:
                (made / "figures" / f"{picture.slug}.{kind}").write_bytes(files[kind])
            _write(made / "figures" / f"{picture.slug}.csv", csv(picture.plot.frame()))
        for one in document.tables:
            _write(made / "latex" / f"{one.slug}.tex", latex_table(one))
            if one.frame is not None:
                _write(made / "tables" / f"{one.slug}.csv", csv(one.frame))
        _write(made / "latex" / "tables.tex", whole(document.tables))
        _write(made / "report.md", markdown(document))
        _write(made / "report.html", page(document, drawn))
        _move(made, folder)


def _drawn(
    pictures: Sequence[Picture], width: float, pool: Executor | None
) -> Iterable[dict[str, bytes]]:
    one = partial(draw, width=width)
    return map(one, pictures) if pool is None else pool.map(one, pictures)


def csv(frame: pd.DataFrame) -> str:
    """Write a table as CSV, with ten digits and the same line ends everywhere."""
    return frame.to_csv(index=False, lineterminator="\n", float_format="%.10g")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _move(made: Path, folder: Path) -> None:
    """Put what was made into the place of an older report, and leave others' files alone."""
    folder.mkdir(exist_ok=True)
    for part in _OURS:
        shutil.rmtree(folder / part, ignore_errors=True)
    for path in made.iterdir():
        os.replace(path, folder / path.name)
