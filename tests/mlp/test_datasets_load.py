"""Every kind of input through the front door, and what each is refused for."""

import gzip
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp.config import Data
from mlp.datasets import DatasetError, digest, digests, load, npz

pytestmark = pytest.mark.usefixtures("cache_folder")
HEADING = ["label", *(f"pixel{place}" for place in range(1, 17))]


def csv_text(images: Any, labels: Any, heading: list[str] = HEADING) -> str:
    rows = [[label, *image.ravel()] for label, image in zip(labels, images, strict=True)]
    return "\n".join(",".join(map(str, row)) for row in [heading, *rows]) + "\n"


@pytest.fixture
def own(tmp_path: Path, tiny: Any) -> dict[str, Data]:
    """The same data set in each of the forms that users have."""
    train, test = tmp_path / "train.csv", tmp_path / "test.csv.gz"
    train.write_text(csv_text(tiny.train_images, tiny.train_labels))
    test.write_bytes(gzip.compress(csv_text(tiny.test_images, tiny.test_labels).encode()))
    np.savez_compressed(
        tmp_path / "data.npz",
        x_train=tiny.train_images,
        y_train=tiny.train_labels.astype(np.int64)[:, None],
        x_test=tiny.test_images.astype(np.float64),
        y_test=tiny.test_labels,
    )
    return {
        "idx": Data(name="idx", path=str(tiny.write(tmp_path / "idx"))),
        "npz": Data(name="npz", path=str(tmp_path / "data.npz")),
        "csv": Data(name="csv", path=str(train), test_path=str(test)),
    }


@pytest.mark.parametrize("kind", ["idx", "npz", "csv"])
def test_every_kind_gives_the_same_data_set(kind: str, own: dict[str, Data], tiny: Any) -> None:
    for _ in range(2):  # decoded, then mapped
        dataset = load(own[kind])
        assert tiny.same(dataset)
        assert dataset.classes == tuple("0123456789")
        assert dataset.digest == digest(own[kind])
        assert dataset.limited_from is None
        for array in (dataset.train_images, dataset.test_labels):
            assert array.dtype == np.uint8
            assert array.flags.c_contiguous
            assert not array.flags.writeable


def test_packing_and_place_do_not_change_the_digest(tmp_path: Path, tiny: Any) -> None:
    packed = tiny.write(tmp_path / "packed")
    plain = tmp_path / "plain"
    plain.mkdir()
    for name, held in tiny.contents.items():
        (plain / name).write_bytes(held)
    named = {digest(Data(name="idx", path=str(folder))) for folder in (packed, plain)}
    assert named == {digest(Data())}


@pytest.mark.parametrize("kind", ["idx", "npz", "csv"])
def test_a_changed_input_is_another_data_set(kind: str, own: dict[str, Data]) -> None:
    before = load(own[kind])
    path = Path(own[kind].path or "")
    path = path / "train-images-idx3-ubyte.gz" if kind == "idx" else path
    images = before.train_images.reshape(30, 4, 4).copy()
    images[0, 0, 0] ^= 1
    if kind == "idx":
        held = bytearray(gzip.decompress(path.read_bytes()))
        held[16] ^= 1
        path.write_bytes(gzip.compress(bytes(held)))
    elif kind == "npz":
        parts = dict(np.load(path))
        np.savez(path, **(parts | {"x_train": images}))
    else:
        path.write_text(csv_text(images, before.train_labels))
    after = load(own[kind])
    assert after.digest != before.digest
    assert after.train_images[0, 0] == images[0, 0, 0] != before.train_images[0, 0]


def test_an_edit_that_keeps_size_and_time_is_seen_while_the_file_is_young(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    status = path.stat()
    first = digests.of_file(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert digests.of_file(path) != first


def test_an_old_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    monkeypatch.setattr(digests, "YOUNG_NS", -1)
    first = digests.of_file(path)

    def forbidden(path: Path) -> None:
        pytest.fail(f"{path} was read again")

    monkeypatch.setattr(digests, "opened", forbidden)
    assert digests.of_file(path) == first


@pytest.mark.parametrize(("limit", "train", "test", "full"), [(11, 11, 11, 30), (20, 20, 12, 30)])
def test_limit_keeps_the_first(
    own: dict[str, Data], tiny: Any, limit: int, train: int, test: int, full: int
) -> None:
    data = own["npz"]
    data.limit = limit
    dataset = load(data)
    assert (len(dataset.train_labels), len(dataset.test_labels)) == (train, test)
    assert dataset.limited_from == full
    np.testing.assert_array_equal(dataset.train_images, tiny.train_images[:limit].reshape(-1, 16))
    assert len(dataset.classes) == 10
    assert dataset.digest == digest(data)


def test_a_limit_beyond_the_end_leaves_nothing_out(own: dict[str, Data], tiny: Any) -> None:
    data = own["npz"]
    data.limit = 31
    dataset = load(data)
    assert tiny.same(dataset)
    assert dataset.limited_from is None


def test_two_labels_of_one_file_are_two_data_sets(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    rows = "".join(f"{i % 2},{i % 3},{i}\n" for i in range(12))
    path.write_text('\ufeff"parity", third,"x"\n' + rows, encoding="utf-8")
    parity = load(Data(name="csv", path=str(path), label="parity"))
    third = load(Data(name="csv", path=str(path), label="third"))
    assert len(parity.classes) == 2
    assert len(third.classes) == 3
    assert parity.digest == third.digest  # the label is a setting, not content


def test_numbers_that_are_no_bytes_stay_floats(tmp_path: Path) -> None:
    path = tmp_path / "floats.csv"
    path.write_text("x,label,y\n" + "".join(f"{i / 8},{i % 2},-{i}\n" for i in range(12)))
    dataset = load(Data(name="csv", path=str(path)))
    assert dataset.train_images.dtype == np.float32
    np.testing.assert_array_equal(dataset.train_images[1], [0.125, -1])
    assert len(dataset.test_labels) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no column 'label' in its first line"),
        ("a,b\n1,2\n", r"no column 'label' in its first line \(a, b\); set data.label"),
        ("a;label\n1;2\n", "no column 'label'"),
        ("label\n1\n", "no column beside 'label'"),
        ("label,a\n", "no line below the headings"),
        ("label,a\n0,1\n1\n", "number of columns changed"),
        ("label,a\n0,1,2\n", "rows of 3 columns below a first line of 2"),
        ("label,a\n0,\n", "could not convert"),
        ("label,a\n0,cat\n", "could not convert string 'cat'"),
        ("label,a\n" + "0,1\n1,nan\n" * 4, "number 1 of example 2 is nan"),
        ("label,a\n" + "0,1\n1.5,1\n" * 4, "that of example 2 is 1.5"),
        ("label,a\n" + "0,1\n-1,1\n" * 4, "that of example 2 is -1"),
    ],
)
def test_tables_that_are_refused(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(DatasetError, match=sentence) as refused:
        load(Data(name="csv", path=str(path)))
    assert "bad.csv" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("held", [b"label,a\n0,\xff\n", b"\xff\xfel\0a\0", b"label,a\n\0\n"])
def test_what_is_no_text_is_refused(tmp_path: Path, held: bytes) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(held)
    with pytest.raises(DatasetError, match=r"bad\.csv is no "):
        load(Data(name="csv", path=str(path)))


def test_tables_with_unlike_headings_are_refused(own: dict[str, Data], tmp_path: Path) -> None:
    data = own["csv"]
    data.test_path = str(tmp_path / "other.csv")
    Path(data.test_path).write_text("label,a\n0,1\n")
    with pytest.raises(DatasetError, match="unlike first lines"):
        load(data)


def test_archives_that_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.npz"
    data = Data(name="npz", path=str(path))

    def refused(sentence: str) -> None:
        with pytest.raises(DatasetError, match=sentence):
            load(data)

    refused("bad.npz can't be read")
    path.write_bytes(b"no archive at all")
    refused("no .npz archive: it begins with 6e6f2061")
    np.savez(path, other=np.ones(3))
    refused(r"has no array x_train and none y_train \(it has other\)")
    np.savez(path, x_train=np.ones((8, 2)), y_train=np.arange(8), x_test=np.ones((8, 2)))
    refused("has no array y_test")
    np.savez(path, x_train=np.array([object()]), y_train=np.arange(8))
    refused("can't be read as an .npz archive of plain arrays: Object arrays")
    with path.open("wb") as stream:
        np.save(stream, np.ones((8, 2)))
    refused("no .npz archive")
    np.savez_compressed(path, x_train=np.ones((600, 20)), y_train=np.arange(600) % 2)
    path.write_bytes(path.read_bytes()[:-40])
    refused("can't be read as an .npz archive")


def _archive() -> bytes:
    held = io.BytesIO()
    labels = np.arange(12) % 2
    images = np.random.default_rng(3).integers(0, 256, (12, 3))
    np.savez_compressed(held, x_train=images, y_train=labels, x_test=images, y_test=labels)
    return held.getvalue()


ARCHIVE = _archive()


@given(st.integers(0, 8 * len(ARCHIVE) - 1))
def test_a_flipped_bit_of_an_archive_is_refused_or_means_the_same(bit: int) -> None:
    damaged = bytearray(ARCHIVE)
    damaged[bit // 8] ^= 1 << bit % 8
    whole = npz.arrays(ARCHIVE, Path("a.npz"))
    try:
        read = npz.arrays(bytes(damaged), Path("a.npz"))
    except DatasetError:
        return
    # A damaged name of the test part makes it absent, as in an archive that has none.
    for part, array in read.items():
        np.testing.assert_array_equal(array, whole[part])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (Data(name="idx"), "data.path=None is not allowed: data=idx needs it"),
        (Data(name="idx", path="nowhere"), "data.path=nowhere is no IDX data set"),
        (Data(name="mnist", path="x"), "data.name is one of fashion_mnist, idx, npz, csv"),
        (Data(name="npz", path="x", test_path="y"), "data.test_path=y is for data=csv"),
        (Data(name="csv", path="nowhere.csv"), "nowhere.csv can't be read"),
        (Data(limit=0), "data.limit=0 is not allowed"),
    ],
)
def test_settings_that_are_refused(data: Data, sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence):
        load(data)
