"""How raw pixels become inputs: (pixel - shift) * scale, with statistics of the training part."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mlp.arrays import Floats

_CHUNK = 2048


@dataclass(frozen=True)
class Normalization:
    """shift and scale, each (features,) or (1,), in the precision of the network."""

    shift: Floats
    scale: Floats

    @cached_property
    def _shifts(self) -> bool:
        return bool(self.shift.any())

    def apply(self, raw: NDArray[Any], out: Floats) -> None:
        """Write the inputs of raw images (n, features) to `out`, of the same shape."""
        np.copyto(out, raw)
        if self._shifts:
            np.subtract(out, self.shift, out=out)
        np.multiply(out, self.scale, out=out)


def fit(name: str, images: NDArray[Any], rows: NDArray[np.intp], dtype: DTypeLike) -> Normalization:
    """Measure what the normalization `name` needs on images[rows] (n, features).

    unit_range    0 to 1: by the range of an integer type, else by the part's least and greatest
    standardized  mean 0 and standard deviation 1 over all pixels together
    per_pixel     the same for each pixel by itself; one that never changes becomes 0
    none          as it is
    """
    shift, scale = np.zeros(1), np.ones(1)
    if name == "unit_range" and np.issubdtype(images.dtype, np.integer):
        scale = np.array([1 / np.iinfo(images.dtype).max])
    elif name == "unit_range":
        least, greatest = _range(images, rows)
        shift, scale = np.array([least]), _inverse(np.array([greatest - least]))
    elif name == "standardized":
        mean, variance = _moments(images, rows)
        # The variance of all is the mean of the variances and the variance of the means.
        shift = np.array([mean.mean()])
        scale = _inverse(np.sqrt(np.array([variance.mean() + mean.var()])))
    elif name == "per_pixel":
        shift, variance = _moments(images, rows)
        scale = _inverse(np.sqrt(variance))
    return Normalization(shift.astype(dtype), scale.astype(dtype))


def _chunks(images: NDArray[Any], rows: NDArray[np.intp]) -> Iterator[NDArray[np.float64]]:
    """Give out the images a few at a time: all of them as float64 would take hundreds of MB."""
    for start in range(0, len(rows), _CHUNK):
        yield images[rows[start : start + _CHUNK]].astype(np.float64)


def _range(images: NDArray[Any], rows: NDArray[np.intp]) -> tuple[float, float]:
    bounds = [(chunk.min(), chunk.max()) for chunk in _chunks(images, rows)]
    return float(min(low for low, _ in bounds)), float(max(high for _, high in bounds))


def _moments(
    images: NDArray[Any], rows: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each pixel's mean and variance, by two passes, which cancel nothing."""
    mean = np.zeros(images.shape[1])
    for chunk in _chunks(images, rows):
        mean += chunk.sum(axis=0)
    mean /= len(rows)
    variance = np.zeros_like(mean)
    for chunk in _chunks(images, rows):
        variance += np.square(chunk - mean).sum(axis=0)
    return mean, variance / len(rows)


def _inverse(spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / spread, and 0 where nothing is spread."""
    return np.divide(1, spread, out=np.zeros_like(spread), where=spread > 0)
