"""The IDX format of MNIST and its kin: a folder of four files, read and checked.

A file is two zero bytes, a type code (8: unsigned byte), the number of dimensions, one big-endian
uint32 for each dimension, then the bytes (http://yann.lecun.com/exdb/mnist/).
"""

import math
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlp.datasets.errors import FileError, UnavailableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNSIGNED_BYTE = 8
TRAIN = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def decode(held: bytes, path: Path, name: str) -> "NDArray[np.uint8]":
    """Give the array in `held`, the content of `path`: (n,) labels or (n, rows, columns) images.

    `name` is the file's plain name, as in TRAIN and TEST, and says which. Raises FileError
    unless that, header and length fit each other exactly.
    """
    import numpy as np  # finding and digesting files does without

    dimensions, what = (3, "images") if "images" in name else (1, "labels")
    start = 4 + 4 * dimensions
    if len(held) < start:
        fault = f"is cut short: {len(held)} bytes, fewer than an IDX header's {start}"
        raise FileError(path, fault)
    expected = bytes((0, 0, UNSIGNED_BYTE, dimensions))
    if held[:4] != expected:
        found, wanted = held[:4].hex(), expected.hex()
        fault = f"is not an IDX file of {what}: it begins with {found}, not {wanted}"
        raise FileError(path, fault)
    shape = struct.unpack(f">{dimensions}I", held[4:start])
    if len(held) - start != math.prod(shape):
        sizes = " x ".join(map(str, shape))
        fault = f"holds {len(held) - start} bytes of {what} where its header says {sizes}"
        raise FileError(path, fault)
    return np.frombuffer(held, np.uint8, offset=start).reshape(shape)


def find(folder: Path) -> dict[str, Path]:
    """Give the IDX files in `folder` by their plain names: four, or two if there is no test part.

    Taken are `train-images-idx3-ubyte` and `train-images.idx3-ubyte`, each also with .gz.
    Raises UnavailableError, naming what is missing.
    """
    if not folder.is_dir():
        msg = f"there is no folder {folder}"
        raise UnavailableError(msg)
    found = {}
    for name in TRAIN + TEST:
        dotted = name.replace("-idx", ".idx")
        for spelling in (name, f"{name}.gz", dotted, f"{dotted}.gz"):
            if (folder / spelling).is_file():
                found[name] = folder / spelling
                break
    wanted = TRAIN if not any(name in found for name in TEST) else TRAIN + TEST
    missing = [name for name in wanted if name not in found]
    if missing:
        msg = f"{folder} has no {' and no '.join(missing)} (.gz or not)"
        raise UnavailableError(msg)
    return found


def arrays(contents: dict[str, bytes], files: dict[str, Path]) -> dict[str, Any]:
    """Decode the parts that `find` found; keys as in `dataset.Arrays`."""
    keys = ("train_images", "train_labels", "test_images", "test_labels")
    return {
        key: decode(contents[name], files[name], name)
        for key, name in zip(keys, TRAIN + TEST, strict=True)
        if name in files
    }
