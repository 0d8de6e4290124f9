"""A NumPy archive of four arrays, as Keras, MedMNIST and others hand data sets out."""

import io
import struct
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
ZIP_MAGIC = b"PK\x03\x04"
# All that zipfile and np.load raise for archives that are damaged, encrypted, or hold objects.
DAMAGE = (
    ValueError,
    EOFError,
    OSError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def arrays(held: bytes, path: Path) -> dict[str, NDArray[Any]]:
    """Decode `held`, the content of `path`: a training part and, if it has one, a test part.

    Keys as in `dataset.Arrays`; nothing is ever unpickled. Raises DatasetError.
    """
    if not held.startswith(ZIP_MAGIC):
        msg = f"{path} is no .npz archive: it begins with {held[:4].hex()}, not {ZIP_MAGIC.hex()}"
        raise DatasetError(msg)
    found = {}
    try:
        with np.load(io.BytesIO(held), allow_pickle=False) as archive:
            names = archive.files
            for part, spellings in NAMES.items():
                for name in spellings:
                    if name in names:
                        found[part] = archive[name]
                        break
    except DAMAGE as fault:
        said = str(fault).partition("\n")[0] or type(fault).__name__
        msg = f"{path} can't be read as an .npz archive of plain arrays: {said}"
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
