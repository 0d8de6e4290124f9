"""Images and labels, as the trainer takes them."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # naming a data set's digest must not cost an import of NumPy
    import numpy as np
    from numpy.typing import NDArray

    Images = NDArray[np.uint8] | NDArray[np.float32]
    Labels = NDArray[np.uint8]
else:
    Images = Labels = Any


class Arrays(NamedTuple):
    """The four arrays of a data set: images (n, features), uint8 or float32; labels (n,), uint8."""

    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training part and a test part of labelled images, one image a row.

    train_images, test_images  (n, features), C-contiguous, read-only; uint8 (0-255), or float32
        where the source has other numbers. Usually mapped from one file that all processes share.
    train_labels, test_labels  (n,), uint8, read-only; a label is an index into `classes`.
    classes  the names of the classes.
    digest  SHA-256 of the input files' content, whatever source and packing they came in.
    limited_from  how many training examples there are in full, if `limit` left some out.
    """

    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels
    classes: tuple[str, ...]
    digest: str
    limited_from: int | None = None

    def limited(self, count: int | None) -> "Dataset":
        """Keep the first `count` training and the first `count` test examples; None keeps all."""
        full = len(self.train_labels)
        if count is None or count >= max(full, len(self.test_labels)):
            return self
        return replace(
            self,
            train_images=self.train_images[:count],
            train_labels=self.train_labels[:count],
            test_images=self.test_images[:count],
            test_labels=self.test_labels[:count],
            limited_from=full,
        )
