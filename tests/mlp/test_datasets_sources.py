"""Where Fashion-MNIST is looked for: the order, what is refused, and what is never kept."""

import gzip
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from mlp.config import Data
from mlp.datasets import DatasetError, apt, cache, decoded, fashion_mnist, load, sources
from mlp.datasets.errors import UnavailableError

IMAGES = "train-images-idx3-ubyte"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fetchers that only note that they were called, and fail."""
    called: list[str] = []

    def failing(word: str) -> Any:
        def fetch(folder: Path) -> None:
            called.append(word)
            msg = f"no {word} today"
            raise UnavailableError(msg)

        return fetch

    for word in list(sources.FETCHERS):
        monkeypatch.setitem(sources.FETCHERS, word, failing(word))
    return called


def bring(tiny: Any, monkeypatch: pytest.MonkeyPatch, word: str) -> list[str]:
    """Make the fetcher `word` work; give the list that notes its calls."""
    called: list[str] = []

    def fetch(folder: Path) -> None:
        called.append(word)
        tiny.write(folder)

    monkeypatch.setitem(sources.FETCHERS, word, fetch)
    return called


def test_the_order_is_the_users(tiny: Any, calls: list[str]) -> None:
    with pytest.raises(DatasetError):
        load(Data(source=["apt", "cache", "download"]))
    assert calls == ["apt", "download"]


def test_one_sentence_says_all_that_was_tried(tiny: Any, calls: list[str], tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as refused:
        load(Data(source=[str(tmp_path), "debain", *Data().source]))
    said = str(refused.value)
    for part in (
        f"{tmp_path} has no {IMAGES}",
        "debain (neither a folder here nor one of cache, debian, download, apt)",
        "cache (there is no folder",
        f"debian (there is no folder {tmp_path / 'debian'})",
        "download (no download today)",
        "apt (no apt today)",
        "dataset-fashion-mnist",
        "data.source=FOLDER",
    ):
        assert said.count(part) == 1
    assert "\n" not in said


@pytest.mark.parametrize("word", ["folder", "debian", "cache"])
def test_what_is_here_is_taken_without_fetching(
    tiny: Any, calls: list[str], tmp_path: Path, word: str
) -> None:
    place = {"folder": tmp_path / "own", "debian": sources.DEBIAN, "cache": sources.fetched()}
    tiny.write(place[word])
    dataset = load(Data(source=str(place[word])) if word == "folder" else Data())
    assert tiny.same(dataset)
    assert dataset.classes[9] == "Ankle boot"
    assert dataset.digest == fashion_mnist.DIGEST
    assert calls == []


@pytest.mark.parametrize("word", ["download", "apt"])
def test_what_is_fetched_is_kept(
    tiny: Any, calls: list[str], monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    called = bring(tiny, monkeypatch, word)
    for _ in range(2):
        assert tiny.same(load(Data()))
    assert tiny.same(load(Data(source=word)))
    assert called == [word]
    assert set(fashion_mnist.find(sources.fetched())) == set(tiny.contents)
    shutil.rmtree(decoded.folder(fashion_mnist.DIGEST))
    assert tiny.same(load(Data(source=["cache"])))


def damages(held: bytes) -> dict[str, bytes]:
    flipped = bytearray(held)
    flipped[-1] ^= 1
    return {
        "has content of SHA-256": gzip.compress(bytes(flipped)),
        "holds 479 bytes of images where its header says 30 x 4 x 4": gzip.compress(held[:-1]),
        "cut short or damaged": gzip.compress(held)[:-9],
        "not an IDX file of images: it begins with 3c68746d": b"<html>no such file</html>",
        "cut short: 0 bytes": b"",
    }


@pytest.mark.parametrize("sentence", damages(bytes(20)))
def test_a_damaged_file_is_refused_and_never_kept(
    tiny: Any, calls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sentence: str
) -> None:
    bad = damages(tiny.contents[IMAGES])[sentence]

    def damage(folder: Path) -> Path:
        (tiny.write(folder) / f"{IMAGES}.gz").write_bytes(bad)
        return folder

    # The user's own folder is an error at once, and stays as it is.
    own = damage(tmp_path / "own")
    with pytest.raises(DatasetError, match=sentence) as refused:
        load(Data(source=[str(own), "download"]))
    assert str(own / IMAGES) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert (own / f"{IMAGES}.gz").read_bytes() == bad
    assert calls == []

    # Others are passed over, and the cache is cleaned.
    damage(sources.DEBIAN)
    damage(sources.fetched())
    monkeypatch.setitem(sources.FETCHERS, "apt", damage)
    with pytest.raises(DatasetError, match=sentence) as refused:
        load(Data())
    assert str(refused.value).count(sentence) == 3
    assert not (sources.fetched() / f"{IMAGES}.gz").exists()
    assert sources.fetched().exists()
    assert decoded.mapped(fashion_mnist.DIGEST) is None
    assert not list(cache.root().glob("partial-*"))


def test_files_that_stand_in_each_others_place_are_refused(tiny: Any, tmp_path: Path) -> None:
    own = tiny.write(tmp_path / "own")
    (own / f"{IMAGES}.gz").replace(own / "kept")
    (own / "t10k-images-idx3-ubyte.gz").replace(own / f"{IMAGES}.gz")
    (own / "kept").replace(own / "t10k-images-idx3-ubyte.gz")
    with pytest.raises(DatasetError, match=r"has content of SHA-256 .*… where .*… is expected"):
        load(Data(source=str(own)))


def test_a_cache_that_cannot_be_written_still_gives_the_data(
    tiny: Any,
    monkeypatch: pytest.MonkeyPatch,
    cache_folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cache_folder.write_text("a file where the folder should be")
    called = bring(tiny, monkeypatch, "download")
    assert tiny.same(load(Data()))
    assert called == ["download"]
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1


def test_apt_needs_its_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="no apt-get on this machine"):
        apt.fetch(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="the stand-in tool is a shell script")
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo W: hm >&2; echo 'E: Unable to connect' >&2; exit 100", "update failed: E: Unable"),
        ("exit 3", "update failed: no reason given"),
        ("exit 0", "brought no dataset-fashion-mnist"),
        ("exec sleep 9", "update took more than 0.2 s"),
    ],
)
def test_apt_failing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("apt-get", "dpkg-deb"):
        (tools / tool).write_text(f"#!/bin/sh\n{script}\n")
        (tools / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=":")
    monkeypatch.setattr(apt, "STEP_SECONDS", 0.2 if "sleep" in script else 20.0)
    with pytest.raises(UnavailableError, match=sentence):
        apt.fetch(tmp_path)
