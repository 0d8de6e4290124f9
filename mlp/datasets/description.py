"""What `python -m mlp.datasets` says of a data set: where it lies, and what it holds."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mlp.config import Data
from mlp.datasets import cache, declared, decoded, digests, sources
from mlp.datasets.dataset import Dataset


def text(dataset: Dataset, data: Data) -> str:
    """Give the lines, each with its end: files with sizes and SHA-256, counts, classes."""
    lines = [f"data       {data.name}, SHA-256 {dataset.digest}"]
    lines += [
        f"file       {path} ({path.stat().st_size:,} bytes), SHA-256 of its content {sha256}"
        for path, sha256 in _files(data)
    ]
    place = decoded.folder(declared.key(data, dataset.digest))
    lines += [
        f"decoded    {path} ({path.stat().st_size:,} bytes)" for path in sorted(place.glob("*.npy"))
    ]
    limited = "" if dataset.limited_from is None else f" of {dataset.limited_from:,}, limited"
    features, kind = dataset.train_images.shape[1], dataset.train_images.dtype
    lines.append(
        f"examples   {len(dataset.train_labels):,} to train{limited}, "
        f"{len(dataset.test_labels):,} to test; {features} numbers each, {kind}"
    )
    count = len(dataset.classes)
    train = np.bincount(dataset.train_labels, minlength=count)
    test = np.bincount(dataset.test_labels, minlength=count)
    width = max(len("class"), *map(len, dataset.classes))
    lines.append(f"{'class':{width}}  {'train':>7}  {'test':>7}")
    lines += [
        f"{name:{width}}  {train[label]:>7,}  {test[label]:>7,}"
        for label, name in enumerate(dataset.classes)
    ]
    return "".join(f"{line}\n" for line in lines)


def sheet_path(data: Data) -> Path:
    """Give the place of a sheet that the user gives none: in the cache, if that can be written."""
    folder = cache.root() / "samples"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        folder = Path(tempfile.gettempdir())
    return folder / f"{data.name}.png"


def _files(data: Data) -> Iterator[tuple[Path, str]]:
    if data.name == "fashion_mnist":
        found = sources.files_at_hand(data.source)
    else:
        found = declared.files(data)
    for path in found.values():
        yield path, digests.of_file(path)
