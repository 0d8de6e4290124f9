"""A cache of each test's own, and a small stand-in for Fashion-MNIST."""

import gzip
import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mlp.datasets import Dataset, cache, digests, fashion_mnist, sources


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that is the test's own, and empty."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(cache.ENVIRONMENT, str(folder))
    return folder


def _idx(array: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture(scope="session")
def idx_bytes() -> Callable[[NDArray[np.uint8]], bytes]:
    """An IDX encoder, written from the format's description."""
    return _idx


class Tiny:
    """Thirty training and twelve test images of ten classes, as IDX contents by plain name."""

    def __init__(self) -> None:
        random = np.random.default_rng(7)
        self.train_images = random.integers(0, 256, (30, 4, 4)).astype(np.uint8)
        self.train_labels = (np.arange(30) % 10).astype(np.uint8)
        self.test_images = random.integers(0, 256, (12, 4, 4)).astype(np.uint8)
        self.test_labels = (np.arange(12) % 10).astype(np.uint8)
        self.contents = {
            "train-images-idx3-ubyte": _idx(self.train_images),
            "train-labels-idx1-ubyte": _idx(self.train_labels),
            "t10k-images-idx3-ubyte": _idx(self.test_images),
            "t10k-labels-idx1-ubyte": _idx(self.test_labels),
        }
        self.sha256 = {
            name: hashlib.sha256(held).hexdigest() for name, held in self.contents.items()
        }

    def write(self, folder: Path) -> Path:
        """Put the four files, packed, into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, held in self.contents.items():
            (folder / f"{name}.gz").write_bytes(gzip.compress(held))
        return folder

    def same(self, dataset: Any) -> bool:
        """Say whether `dataset` holds these images and labels."""
        return all(
            np.array_equal(getattr(dataset, part).reshape(getattr(self, part).shape), held)
            for part, held in vars(self).items()
            if isinstance(held, np.ndarray)
        )


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache_folder: Path) -> Tiny:
    """The stand-in, pinned in Fashion-MNIST's place; Debian's package is not installed."""
    stand_in = Tiny()
    monkeypatch.setattr(fashion_mnist, "SHA256", stand_in.sha256)
    monkeypatch.setattr(fashion_mnist, "DIGEST", digests.combined(stand_in.sha256))
    monkeypatch.setattr(sources, "DEBIAN", tmp_path / "debian")
    return stand_in


def _made(
    examples: int = 60, features: int = 12, classes: int = 4, *, dtype: str = "uint8"
) -> Dataset:
    """Clusters of noisy images, one a class, that a network can learn."""
    random = np.random.default_rng(11)
    centres = random.integers(40, 216, (classes, features))

    def part(count: int) -> tuple[NDArray[Any], NDArray[np.uint8]]:
        labels = (random.permutation(count) % classes).astype(np.uint8)
        images = centres[labels] + random.integers(-40, 40, (count, features))
        return images.astype(dtype), labels

    return Dataset(*part(examples), *part(31), tuple(map(str, range(classes))), "made")


@pytest.fixture(scope="session")
def made() -> Callable[..., Dataset]:
    """Make data sets in memory: made(examples, features, classes, dtype=...)."""
    return _made
