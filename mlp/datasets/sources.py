"""The places where Fashion-MNIST is looked for, in the order that the user gives."""

import contextlib
import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from mlp.datasets import apt, cache, decoded, digests, examples, fashion_mnist, idx, mirrors
from mlp.datasets.dataset import Arrays
from mlp.datasets.errors import DatasetError, FileError, UnavailableError

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
FETCHERS: dict[str, Callable[[Path], None]] = {"download": mirrors.fetch, "apt": apt.fetch}


def fetched() -> Path:
    """Give the folder, in the cache, of the files as they were fetched."""
    return cache.root() / "fashion-mnist"


def arrays(asked: str | Sequence[str]) -> Arrays:
    """Give the data set from the first of the sources `asked` for, one or a list, that has it.

    A source is `cache`, `debian` (its installed package's files), `download`, `apt` (its package,
    fetched without root) or a folder. Raises DatasetError if none has it, or if a folder of the
    user's has other files by those names.
    """
    # What is here already is found without a lock, in a few milliseconds. Fetching is done under
    # one, by fetchers that look into the cache first: so the second finds what the first fetched.
    sources = _words(asked)
    here = list(itertools.takewhile(lambda source: source not in FETCHERS, sources))
    tried: list[str] = []
    found = _first(here, tried)
    if found is None and here != sources:
        with contextlib.ExitStack() as held:
            with contextlib.suppress(OSError):  # no cache to write, nothing to share, no lock
                held.enter_context(cache.lock("fashion-mnist"))
            found = _first(sources[len(here) :], tried)
    if found is None:
        msg = (
            f"Fashion-MNIST was not found; tried {'; '.join(tried) or 'nothing'}; install Debian's "
            f"package dataset-fashion-mnist, or put the four .gz files from "
            f"github.com/zalandoresearch/fashion-mnist in a folder and set data.source=FOLDER"
        )
        raise DatasetError(msg)
    return found


def files_at_hand(asked: str | Sequence[str]) -> dict[str, Path]:
    """Give the four files, by name, of the first source that has them here; {} if none has."""
    for source in _words(asked):
        here = {"cache": fetched(), "debian": DEBIAN}.get(source, Path(source).expanduser())
        try:
            return fashion_mnist.find(fetched() if source in FETCHERS else here)
        except UnavailableError:
            continue
    return {}


def _words(asked: str | Sequence[str]) -> list[str]:
    return [asked] if isinstance(asked, str) else [str(word) for word in asked]


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
    found = decoded.mapped(fashion_mnist.DIGEST)
    if found is not None:
        return found
    files = fashion_mnist.find(fetched())
    try:
        return _verified(files)
    except FileError as fault:
        with contextlib.suppress(OSError):
            fault.path.unlink(missing_ok=True)
        raise _passed_over(fault) from fault


def _from_debian() -> Arrays:
    try:
        return _verified(fashion_mnist.find(DEBIAN))
    except FileError as fault:
        raise _passed_over(fault) from fault


def _from_folder(source: str) -> Arrays:
    folder = Path(source).expanduser()
    if not folder.is_dir() and folder.name == source:
        msg = f"neither a folder here nor one of cache, debian, {', '.join(FETCHERS)}"
        raise UnavailableError(msg)
    return _verified(fashion_mnist.find(folder))


def _from_fetcher(fetch: Callable[[Path], None]) -> Arrays:
    try:
        return _from_cache()
    except UnavailableError:
        pass
    with cache.scratch() as folder:
        fetch(folder)
        files = fashion_mnist.find(folder)
        try:
            for name, path in files.items():
                fashion_mnist.verify(name, path)
        except FileError as fault:
            raise _passed_over(fault) from fault
        try:
            fetched().mkdir(parents=True, exist_ok=True)
            for path in files.values():
                os.replace(path, fetched() / path.name)
        except OSError:  # a cache that can't be written: decode the files where they are
            return _verified(files)
    return _from_cache()


def _passed_over(fault: FileError) -> UnavailableError:
    return UnavailableError(f"its {fault.path.name} {fault.fault}")


def _verified(files: dict[str, Path]) -> Arrays:
    for name, path in files.items():
        fashion_mnist.verify(name, path)

    def build() -> Arrays:
        contents = {
            name: digests.read(path, fashion_mnist.SHA256[name]) for name, path in files.items()
        }
        return examples.checked(idx.arrays(contents, files), "Fashion-MNIST")

    return decoded.mapped_or_built(fashion_mnist.DIGEST, build)
