"""The files that the settings declare, and what they hold, for the kinds of the user's own data."""

import hashlib
from pathlib import Path
from typing import Any

from mlp import config
from mlp.datasets import digests, idx
from mlp.datasets.dataset import Arrays
from mlp.datasets.errors import DatasetError, UnavailableError

TRAIN_CSV, TEST_CSV, NPZ = "train.csv", "test.csv", "arrays.npz"


def files(data: config.Data) -> dict[str, Path]:
    """Give the input files of `data` by the names of their parts. Raises DatasetError."""
    if not data.path:
        msg = f"data.path={data.path} is not allowed: data={data.name} needs it, to say where"
        raise DatasetError(msg)
    path = Path(data.path).expanduser()
    if data.test_path and data.name != "csv":
        msg = f"data.test_path={data.test_path} is for data=csv; data={data.name} has one path"
        raise DatasetError(msg)
    if data.name == "idx":
        try:
            return idx.find(path)
        except UnavailableError as reason:
            msg = f"data.path={data.path} is no IDX data set: {reason}"
            raise DatasetError(msg) from reason
    if data.name == "npz":
        return {NPZ: path}
    if data.name == "csv":
        found = {TRAIN_CSV: path}
        if data.test_path:
            found[TEST_CSV] = Path(data.test_path).expanduser()
        return found
    allowed = ", ".join(config.DATASETS)
    msg = f"data.name={data.name} is not allowed: data.name is one of {allowed}"
    raise DatasetError(msg)


def key(data: config.Data, identity: str) -> str:
    """Give the name of the decoded arrays: of the content `identity` and how `data` reads it."""
    if data.name == "fashion_mnist":
        return identity
    reading = f"{identity} {data.name} {data.label if data.name == 'csv' else ''}"
    return hashlib.sha256(reading.encode()).hexdigest()


def arrays(data: config.Data, found: dict[str, Path], sums: dict[str, str]) -> Arrays:
    """Decode `found`, whose contents must have the SHA-256 `sums`. Raises DatasetError."""
    from mlp.datasets import examples, npz

    contents = {part: digests.read(path, sums[part]) for part, path in found.items()}
    if data.name == "idx":
        raw = idx.arrays(contents, found)
    elif data.name == "npz":
        raw = npz.arrays(contents[NPZ], found[NPZ])
    else:
        raw = _tables(contents, found, data.label)
    return examples.checked(raw, str(data.path))


def _tables(contents: dict[str, bytes], found: dict[str, Path], label: str) -> dict[str, Any]:
    from mlp.datasets import delimited

    images, labels, names = delimited.columns(contents[TRAIN_CSV], found[TRAIN_CSV], label)
    raw = {"train_images": images, "train_labels": labels}
    if TEST_CSV in found:
        images, labels, others = delimited.columns(contents[TEST_CSV], found[TEST_CSV], label)
        if others != names:
            msg = f"{found[TEST_CSV]} and {found[TRAIN_CSV]} have unlike first lines; make them one"
            raise DatasetError(msg)
        raw |= {"test_images": images, "test_labels": labels}
    return raw
