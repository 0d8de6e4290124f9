"""IDX: what was written is read; anything else is refused or means the same."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import hypothesis.extra.numpy as arrays_of
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlp.datasets import DatasetError, digests, idx
from mlp.datasets.errors import UnavailableError

Encoder = Callable[[NDArray[np.uint8]], bytes]
HERE = Path("somewhere/file")
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
images = arrays_of.arrays(
    np.uint8, arrays_of.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=5)
)


@given(images)
def test_what_was_written_is_read(idx_bytes: Encoder, written: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(idx.decode(idx_bytes(written), HERE, IMAGES), written)
    labels = written[:, 0, 0]
    np.testing.assert_array_equal(idx.decode(idx_bytes(labels), HERE, LABELS), labels)


@given(images, st.data())
def test_a_file_cut_anywhere_is_refused(
    idx_bytes: Encoder, written: NDArray[np.uint8], data: st.DataObject
) -> None:
    held = idx_bytes(written)
    kept = data.draw(st.integers(0, len(held) - 1))
    with pytest.raises(DatasetError, match=r"cut short|bytes of images where"):
        idx.decode(held[:kept], HERE, IMAGES)


@given(images, st.binary(min_size=1, max_size=9))
def test_bytes_beyond_the_end_are_refused(
    idx_bytes: Encoder, written: NDArray[np.uint8], more: bytes
) -> None:
    with pytest.raises(DatasetError, match="bytes of images where its header"):
        idx.decode(idx_bytes(written) + more, HERE, IMAGES)


@given(images, st.data())
def test_a_flipped_bit_of_a_packed_file_is_refused_or_means_the_same(
    idx_bytes: Encoder,
    tmp_path_factory: pytest.TempPathFactory,
    written: NDArray[np.uint8],
    data: st.DataObject,
) -> None:
    held = idx_bytes(written)
    packed = bytearray(gzip.compress(held))
    bit = data.draw(st.integers(0, 8 * len(packed) - 1))
    packed[bit // 8] ^= 1 << bit % 8
    path = tmp_path_factory.mktemp("flipped") / "file.gz"
    path.write_bytes(packed)
    try:
        read = digests.read(path, hashlib.sha256(held).hexdigest())
    except DatasetError:
        return
    assert read == held


def test_images_in_the_place_of_labels_are_refused(idx_bytes: Encoder) -> None:
    held = idx_bytes(np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(DatasetError, match=r"not an IDX file of labels: it begins with 00000803"):
        idx.decode(held, HERE, LABELS)


@pytest.mark.parametrize("spelling", ["{}", "{}.gz"])
@pytest.mark.parametrize("dash", ["-idx", ".idx"])
def test_the_usual_names_are_found(tmp_path: Path, spelling: str, dash: str) -> None:
    for name in idx.TRAIN + idx.TEST:
        (tmp_path / spelling.format(name).replace("-idx", dash)).touch()
    assert set(idx.find(tmp_path)) == set(idx.TRAIN + idx.TEST)


def test_half_a_test_part_is_missed_by_name(tmp_path: Path) -> None:
    for name in (*idx.TRAIN, idx.TEST[0]):
        (tmp_path / name).touch()
    with pytest.raises(UnavailableError, match="has no t10k-labels-idx1-ubyte"):
        idx.find(tmp_path)
