"""A CSV file with a header: one column of labels, all others numbers of the image."""

import csv
import io
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from mlp.datasets.errors import DatasetError


def columns(
    held: bytes, path: Path, label: str
) -> tuple[NDArray[np.float32], NDArray[Any], list[str]]:
    """Decode `held`, the content of `path`: images (n, features), labels (n,), feature names.

    `label` is the heading of the column of labels, as in Kaggle's label,pixel1,…,pixel784.
    Raises DatasetError.
    """
    lines = io.TextIOWrapper(io.BytesIO(held), "utf-8-sig")
    try:
        heading = [name.strip() for name in next(csv.reader([lines.readline()]), [])]
    except (UnicodeDecodeError, csv.Error) as fault:
        msg = f"{path} is no CSV text in UTF-8: {fault}"
        raise DatasetError(msg) from fault
    if label not in heading:
        shown = ", ".join(heading[:6]) + (", …" if heading[6:] else "")
        msg = (
            f"{path} has no column {label!r} in its first line ({shown or 'which is empty'}); "
            f"set data.label to the heading of the labels"
        )
        raise DatasetError(msg)
    if len(heading) == 1:
        msg = f"{path} has no column beside {label!r}; expected one for each number of an image"
        raise DatasetError(msg)
    if b"\n" not in held.strip():
        msg = f"{path} has no line below the headings; expected one for each example"
        raise DatasetError(msg)
    table = _numbers(lines, path)
    if table.shape[1] != len(heading):
        msg = (
            f"{path} has rows of {table.shape[1]} columns below a first line of {len(heading)}; "
            f"expected as many headings as columns"
        )
        raise DatasetError(msg)
    place = heading.index(label)
    return np.delete(table, place, axis=1), table[:, place], heading[:place] + heading[place + 1 :]


def _numbers(lines: TextIO, path: Path) -> NDArray[np.float32]:
    try:
        return np.loadtxt(lines, np.float32, delimiter=",", ndmin=2, quotechar='"', comments=None)
    except ValueError as fault:
        said = str(fault).partition(";")[0].rstrip(".")
        msg = f"{path} is no table of numbers: {said} (rows count from 0, below the headings)"
        raise DatasetError(msg) from fault
