"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): what it is, to the byte."""

from pathlib import Path

from mlp.datasets import digests, idx
from mlp.datasets.errors import UnavailableError

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


def find(folder: Path) -> dict[str, Path]:
    """Give the four files in `folder` by name, unchecked. Raises UnavailableError."""
    files = idx.find(folder)
    for name in SHA256:
        if name not in files:
            msg = f"{folder} has no {name} (.gz or not)"
            raise UnavailableError(msg)
    return files


def verify(name: str, path: Path) -> None:
    """Raise FileError unless `path` holds the published file `name`, packed or not."""
    if digests.of_file(path) != SHA256[name]:
        with digests.opened(path) as stream:
            idx.decode(stream.read(), path, name)  # where it is no IDX file, this says how
        digests.read(path, SHA256[name])
