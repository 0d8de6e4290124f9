"""A NumPy archive of four arrays, as Keras, MedMNIST and others hand data sets out."""

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp.datasets.errors import DatasetError

NAMES = {
    "train_images": ("x_train", "X_train", "train_images"),
    "train_labels": ("y_train", "train_labels"),
    "test_images": ("x_test", "X_test", "test_images"),
    "test_labels": ("y_test", "test_labels"),
}


def arrays(held: bytes, path: Path) -> dict[str, NDArray[Any]]:
    """Decode `held`, the content of `path`: a training part and, if it has one, a test part.

    Keys as in `dataset.Arrays`; nothing is ever unpickled. Raises DatasetError.
    """
    try:
        with np.load(io.BytesIO(held), allow_pickle=False) as archive:
            # A lone .npy has no names; np.load gives its array itself.
            names = archive.files if isinstance(archive, np.lib.npyio.NpzFile) else []
            found = {}
            for part, spellings in NAMES.items():
                for name in spellings:
                    if name in names:
                        found[part] = archive[name]
                        break
    except (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error, KeyError) as fault:
        msg = f"{path} is no readable .npz archive of plain arrays: {_first_line(fault)}"
        raise DatasetError(msg) from fault
    wanted = NAMES if "test_images" in found or "test_labels" in found else list(NAMES)[:2]
    missing = [NAMES[part][0] for part in wanted if part not in found]
    if missing:
        msg = (
            f"{path} has no array {' and none '.join(missing)} (it has {', '.join(names) or 'none'}"
            "); expected x_train, y_train, x_test, y_test or train_images, train_labels, …"
        )
        raise DatasetError(msg)
    return found


def _first_line(fault: Exception) -> str:
    return str(fault).partition("\n")[0] or type(fault).__name__
