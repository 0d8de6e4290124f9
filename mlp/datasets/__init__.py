"""Data sets: found, fetched, checked, decoded once per machine, and mapped by every process.

dataset = load(Data(name="fashion_mnist", limit=512))
digest(Data())  # the SHA-256 that names the input's content; needs no NumPy
"""

from mlp import config
from mlp.datasets import declared, digests, fashion_mnist
from mlp.datasets.dataset import Dataset
from mlp.datasets.errors import DatasetError

__all__ = ["Dataset", "DatasetError", "digest", "load"]


def load(data: config.Data) -> Dataset:
    """Give the data set that `data` describes, with a test part in any case.

    A data set that has none gets every sixth example as its test part. Raises DatasetError.
    """
    from mlp.datasets import decoded, sources  # with NumPy, which `digest` does without

    if data.limit is not None and data.limit < 1:
        msg = f"data.limit={data.limit} is not allowed: it is a number of examples, at least 1"
        raise DatasetError(msg)
    if data.name == "fashion_mnist":
        arrays = sources.arrays(data.source)
        whole = Dataset(*arrays, fashion_mnist.CLASSES, fashion_mnist.DIGEST)
        return whole.limited(data.limit)
    files = declared.files(data)
    sums = {part: digests.of_file(path) for part, path in files.items()}
    identity = digests.combined(sums)
    arrays = decoded.mapped_or_built(
        declared.key(data, identity),
        lambda: declared.arrays(data, files, sums),
    )
    classes = tuple(map(str, range(int(arrays.train_labels.max()) + 1)))
    return Dataset(*arrays, classes, identity).limited(data.limit)


def digest(data: config.Data) -> str:
    """Give the SHA-256 that names the content of the input files, whatever their packing.

    It is that of the files' decompressed SHA-256 listed as `sha256sum` lists them, and is
    remembered by path, size and times. Fashion-MNIST's is pinned, so that nothing is read.
    Raises DatasetError.
    """
    if data.name == "fashion_mnist":
        return fashion_mnist.DIGEST
    return digests.combined(
        {part: digests.of_file(path) for part, path in declared.files(data).items()}
    )
