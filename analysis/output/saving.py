"""Writes a document and all that goes with it into a folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

import pandas as pd

from analysis.document import Document, Picture
from analysis.errors import AnalysisError
from analysis.output.drawing import KINDS, draw
from analysis.output.latex import table as latex_table
from analysis.output.latex import whole
from analysis.output.manifest import FOLDERS, NAME, in_the_way, listed, manifest
from analysis.output.markdown import markdown
from analysis.output.page import page


def save(
    document: Document, folder: Path, width: float, pool: Executor | None = None
) -> Sequence[str]:
    """Write report.md, report.html, figures/, tables/ and latex/; `pool` draws the figures.

    Gives the names of the files, which report.manifest beside them lists too. Files that the
    manifest of an older report lists are replaced, or removed where this report has none of that
    name; others' files stay as they are. Raises `AnalysisError` if one of those is in the way, or
    if `folder` can't be written.

    Nothing in `folder` changes until everything is drawn and written. Then one file after another
    is put in its place: a fault among these leaves files of both reports, each of them whole and
    listed, and the next report replaces them all.
    """
    files = _files(document, width, pool)
    fault = in_the_way(folder, files)
    if fault:
        raise AnalysisError(fault)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Within the folder if there is one: its parent may be another disk, or not ours to write.
        near = folder if folder.is_dir() else folder.parent
        with tempfile.TemporaryDirectory(dir=near, prefix=f".{folder.name}-") as made:
            _write(Path(made), files)
            _move(Path(made), folder, files)
    except OSError as error:
        msg = f"The report can't be written to {folder}: {error.strerror}: {error.filename}"
        raise AnalysisError(msg) from error
    return sorted(files)


def _files(document: Document, width: float, pool: Executor | None) -> dict[str, bytes]:
    """Make all files, by their names in the report's folder."""
    files: dict[str, bytes] = {}
    drawn: dict[str, str] = {}
    pictures = document.pictures
    for picture, made in zip(pictures, _drawn(pictures, width, pool), strict=True):
        drawn[picture.slug] = made["svg"].decode("utf-8")
        files |= {f"figures/{picture.slug}.{kind}": made[kind] for kind in KINDS}
        files[f"figures/{picture.slug}.csv"] = csv(picture.plot.frame()).encode()
    for one in document.tables:
        files[f"latex/{one.slug}.tex"] = latex_table(one).encode()
        if one.frame is not None:
            files[f"tables/{one.slug}.csv"] = csv(one.frame).encode()
    files["latex/tables.tex"] = whole(document.tables).encode()
    files["report.md"] = markdown(document).encode()
    files["report.html"] = page(document, drawn).encode()
    return files


def _drawn(
    pictures: Sequence[Picture], width: float, pool: Executor | None
) -> Iterable[dict[str, bytes]]:
    one = partial(draw, width=width)
    return map(one, pictures) if pool is None else pool.map(one, pictures)


def csv(frame: pd.DataFrame) -> str:
    """Write a table as CSV, with ten digits and the same line ends everywhere."""
    return frame.to_csv(index=False, lineterminator="\n", float_format="%.10g")


def _write(made: Path, files: Mapping[str, bytes]) -> None:
    for part in FOLDERS:
        (made / part).mkdir()
    for name, data in files.items():
        (made / name).write_bytes(data)


def _move(made: Path, folder: Path, files: Iterable[str]) -> None:
    """Put what was made into the place of an older report."""
    old = listed(folder)
    for part in FOLDERS:
        (folder / part).mkdir(parents=True, exist_ok=True)
    # While files of both lie there, both are listed: whatever ends this, the next can replace them.
    _list(made, folder, old.union(files))
    for name in files:
        os.replace(made / name, folder / name)
    for name in old.difference(files):
        if not (folder / name).is_dir():
            (folder / name).unlink(missing_ok=True)
    _list(made, folder, files)


def _list(made: Path, folder: Path, names: Iterable[str]) -> None:
    (made / NAME).write_bytes(manifest(names).encode())
    os.replace(made / NAME, folder / NAME)
