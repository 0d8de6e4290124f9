"""A CSV file with a header: one column of labels, all others numbers of the image."""

import csv
import io
from pathlib import Path
from typing import Any

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
    try:
        text = held.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        msg = f"{path} is no CSV text: byte {fault.start + 1} is not UTF-8"
        raise DatasetError(msg) from fault
    lines = io.StringIO(text)
    heading = [name.strip() for name in next(csv.reader([lines.readline()]), [])]
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
    try:
        start = lines.tell()
        if not lines.read().strip():
            msg = "it has no line below the headings"
            raise ValueError(msg)
        lines.seek(start)
        table = np.loadtxt(lines, np.float32, delimiter=",", ndmin=2, quotechar='"', comments=None)
        if table.shape[1] != len(heading):
            msg = f"its rows have {table.shape[1]} columns and its first line {len(heading)}"
            raise ValueError(msg)
    except ValueError as fault:
        said = str(fault).partition(";")[0].rstrip(".")
        msg = f"{path} is no table of numbers: {said} (rows count from 0, below the headings)"
        raise DatasetError(msg) from fault
    place = heading.index(label)
    return np.delete(table, place, axis=1), table[:, place], heading[:place] + heading[place + 1 :]
