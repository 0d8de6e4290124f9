"""Fashion-MNIST: what it is, to the byte, and the places where it is looked for, in order."""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from pathlib import Path

from mlp.datasets import apt, cache, digests, idx, mirrors
from mlp.datasets.dataset import Arrays
from mlp.datasets.errors import DatasetError, UnavailableError

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
# Of the decompressed files (Debian's .gz are packed anew).
SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
DIGEST = digests.combined(SHA256)
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
log = logging.getLogger(__name__)


def fetched() -> Path:
    """Give the folder, in the cache, of the files as they were fetched."""
    return cache.root() / "fashion-mnist"


def arrays(sources: Sequence[str]) -> Arrays:
    """Give the data set from the first of `sources` that has it; see `config.Data.source`.

    Raises DatasetError if none has, or if a folder of the user's has other files by those names.
    """
    # What is here already is found without a lock, in a few milliseconds. Fetching is done under
    # one, and the list is walked again: whoever comes second finds what the first one fetched.
    tried: list[str] = []
    found = _first(takewhile(lambda source: source not in FETCHERS, sources), tried)
    if found is None and any(source in FETCHERS for source in sources):
        tried = []
        try:
            with cache.lock("fashion-mnist"):
                found = _first(sources, tried)
        except OSError:  # a cache that can't be written: nothing to share, so nothing to lock
            tried = []
            found = _first(sources, tried)
    if found is None:
        msg = (
            f"Fashion-MNIST was not found; tried {'; '.join(tried) or 'nothing'}; install Debian's "
            f"package dataset-fashion-mnist, or put its four IDX files from "
            f"github.com/zalandoresearch/fashion-mnist in a folder and set data.source=FOLDER"
        )
        raise DatasetError(msg)
    return found


def _first(sources: Iterable[str], tried: list[str]) -> Arrays | None:
    for source in sources:
        try:
            if source == "cache":
                return _from_cache()
            if source == "debian":
                return _from_debian()
            if source in FETCHERS:
                return _from_fetcher(FETCHERS[source])
            return _from_folder(source)
        except UnavailableError as reason:
            tried.append(f"{source} ({reason})")
    return None


def _from_cache() -> Arrays:
    from mlp.datasets import decoded  # noqa: PLC0415 (NumPy, which naming the digest needn't)

    found = decoded.mapped(DIGEST)
    if found is not None:
        return found
    files = idx.find(fetched())
    try:
        return _decoded(files)
    except DatasetError as fault:
        for path in files.values():
            path.unlink(missing_ok=True)
        msg = f"removed: {fault}"
        raise UnavailableError(msg) from fault


def _from_debian() -> Arrays:
    try:
        return _decoded(idx.find(DEBIAN))
    except DatasetError as fault:
        raise UnavailableError(str(fault)) from fault


def _from_folder(source: str) -> Arrays:
    folder = Path(source).expanduser()
    if not folder.is_dir() and folder.name == source:
        msg = "neither a folder nor one of cache, debian, download, apt"
        raise UnavailableError(msg)
    return _decoded(idx.find(folder))


def _from_fetcher(fetch: Callable[[Path], None]) -> Arrays:
    try:
        return _from_cache()
    except UnavailableError:
        pass
    with cache.scratch() as folder:
        fetch(folder)
        files = idx.find(folder)
        try:
            verify(files)
        except DatasetError as fault:
            raise UnavailableError(str(fault)) from fault
        try:
            fetched().mkdir(parents=True, exist_ok=True)
            for path in files.values():
                os.replace(path, fetched() / path.name)
        except OSError as fault:
            log.debug("%s can't be written: %s", fetched(), fault)
            return _decoded(files)
    return _from_cache()


def verify(files: dict[str, Path]) -> None:
    """Raise DatasetError unless `files` are the four files of Fashion-MNIST."""
    for name, expected in SHA256.items():
        if name not in files:
            msg = f"{name} is not beside {next(iter(files.values()))}; copy all four files there"
            raise UnavailableError(msg)
        if digests.of_file(files[name]) != expected:
            dimensions = 3 if "images" in name else 1
            with digests.opened(files[name]) as stream:
                idx.decode(stream.read(), files[name], dimensions)  # says better what is wrong
            digests.read(files[name], expected)


def _decoded(files: dict[str, Path]) -> Arrays:
    from mlp.datasets import decoded, examples  # noqa: PLC0415

    verify(files)

    def build() -> Arrays:
        contents = {name: digests.read(files[name], SHA256[name]) for name in files}
        return examples.checked(idx.arrays(contents, files), "Fashion-MNIST")

    return decoded.mapped_or_built(DIGEST, build)


FETCHERS: dict[str, Callable[[Path], None]] = {"download": mirrors.fetch, "apt": apt.fetch}
