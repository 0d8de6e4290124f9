"""The cache of decoded arrays: written whole, believed only while it is what was written."""

import json
import logging
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp.datasets import cache, decoded
from mlp.datasets.dataset import Arrays

pytestmark = pytest.mark.usefixtures("cache_folder")
KEY = "0123456789abcdef" * 4


def made(count: int = 9) -> Arrays:
    images = np.arange(4 * count, dtype=np.uint8).reshape(count, 4)
    labels = (np.arange(count) % 2).astype(np.uint8)
    return Arrays(images, labels, images[:3].copy(), labels[:3].copy())


def forbidden() -> Arrays:
    pytest.fail("built again")


def same(found: Arrays | None, expected: Arrays) -> bool:
    return found is not None and all(map(np.array_equal, found, expected))


def test_built_once_then_mapped_read_only() -> None:
    assert decoded.mapped(KEY) is None
    assert same(decoded.mapped_or_built(KEY, made), made())
    again = decoded.mapped_or_built(KEY, forbidden)
    assert same(again, made())
    for array in again:
        assert type(array) is np.ndarray
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    names = {*(f"{part}.npy" for part in Arrays._fields), decoded.RECORD}
    assert {path.name for path in decoded.folder(KEY).iterdir()} == names


@given(st.sampled_from(Arrays._fields), st.integers(0, 127), st.integers(0, 7), st.data())
def test_a_touched_entry_is_made_again(
    part: str, place: int, bit: int, data: st.DataObject
) -> None:
    decoded.mapped_or_built(KEY, made)
    path = decoded.folder(KEY) / f"{part}.npy"
    held = bytearray(path.read_bytes())
    held[place] ^= 1 << bit
    path.write_bytes(held[:place] if data.draw(st.booleans(), "cut") else held)
    os.utime(path, ns=(1, 1))  # a later time than when it was written, whatever the clock's tick
    assert decoded.mapped(KEY) is None
    assert same(decoded.mapped_or_built(KEY, made), made())
    assert same(decoded.mapped_or_built(KEY, forbidden), made())


@pytest.mark.parametrize("record", ["", "null", "[]", "{}", '{"train_images": 3}', "{"])
def test_a_damaged_record_is_made_again(record: str) -> None:
    decoded.mapped_or_built(KEY, made)
    (decoded.folder(KEY) / decoded.RECORD).write_text(record)
    assert same(decoded.mapped_or_built(KEY, made), made())
    assert same(decoded.mapped_or_built(KEY, forbidden), made())


def test_a_copied_cache_is_digested_once_and_believed() -> None:
    decoded.mapped_or_built(KEY, made)
    path = decoded.folder(KEY) / "train_images.npy"
    os.utime(path, ns=(5, 5))
    assert same(decoded.mapped_or_built(KEY, forbidden), made())
    record = json.loads((decoded.folder(KEY) / decoded.RECORD).read_text())
    assert record["train_images"]["stamp"][1] == path.stat().st_mtime_ns


def test_check_finds_what_kept_size_and_time() -> None:
    decoded.mapped_or_built(KEY, made)
    decoded.check(KEY)
    assert same(decoded.mapped(KEY), made())
    path = decoded.folder(KEY) / "train_labels.npy"
    status, held = path.stat(), bytearray(path.read_bytes())
    held[-1] ^= 1
    path.write_bytes(held)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    decoded.check(KEY)
    assert decoded.mapped(KEY) is None


def test_a_cache_that_cannot_be_written_costs_a_warning(
    cache_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache_folder.write_text("a file where the folder should be: not even root can write there")
    with caplog.at_level(logging.WARNING):
        found = decoded.mapped_or_built(KEY, made)
    assert same(found, made())
    assert not found.train_images.flags.writeable
    (warning,) = caplog.messages
    assert str(cache_folder) in warning
    assert cache.ENVIRONMENT in warning


def test_leftovers_of_killed_processes_are_cleared(cache_folder: Path) -> None:
    old, new = cache_folder / "partial-old", cache_folder / "partial-new"
    old.mkdir(parents=True)
    new.mkdir()
    os.utime(old, (1, 1))
    with cache.scratch() as folder:
        assert folder.parent == cache_folder
    assert not old.exists()
    assert not folder.exists()
    assert new.exists()
