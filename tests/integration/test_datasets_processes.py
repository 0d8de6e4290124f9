"""The real Fashion-MNIST, real processes, Debian's real package."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlp.config import Data
from mlp.datasets import DatasetError, cache, digests, fashion_mnist, load, sources

# A process that notes, in a file named after itself, how often it decoded, fetched and ended.
WORKER = """
import json, os, sys
from pathlib import Path
from mlp.config import Data
from mlp.datasets import decoded, load, sources
noted = {"stored": 0, "fetched": 0}
store, fetchers = decoded._store, dict(sources.FETCHERS)
def storing(place, arrays):
    noted["stored"] += 1
    store(place, arrays)
def fetching(word):
    def fetch(folder):
        noted["fetched"] += 1
        fetchers[word](folder)
    return fetch
decoded._store = storing
sources.FETCHERS.update({word: fetching(word) for word in fetchers})
dataset = load(Data(source=sys.argv[2].split(",")))
noted["sum"] = int(dataset.train_images[::1000].sum()) + int(dataset.test_labels.sum())
Path(sys.argv[1], f"{os.getpid()}.json").write_text(json.dumps(noted))
"""
PROCESSES = 6


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv(cache.ENVIRONMENT, str(folder))
    return folder


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the published files, from whatever source works here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache.ENVIRONMENT, str(tmp_path_factory.mktemp("published")))
        try:
            load(Data())
        except DatasetError as fault:
            pytest.skip(str(fault))
        return next(iter(sources.files_at_hand(Data().source).values())).parent


def started_at_once(folder: Path, source: str) -> list[dict[str, int]]:
    """Run the workers; give what each noted."""
    folder.mkdir()
    command = [sys.executable, "-W", "error", "-c", WORKER, str(folder), source]
    workers = [subprocess.Popen(command) for _ in range(PROCESSES)]
    assert [worker.wait(timeout=120) for worker in workers] == [0] * PROCESSES
    return [json.loads(path.read_text()) for path in folder.iterdir()]


def test_many_processes_decode_once(tmp_path: Path, published: Path) -> None:
    noted = started_at_once(tmp_path / "notes", str(published))
    assert len(noted) == PROCESSES
    assert sum(one["stored"] for one in noted) == 1
    assert len({one["sum"] for one in noted}) == 1


def test_the_real_data_set_is_as_published(published: Path) -> None:
    dataset = load(Data(source=str(published)))
    assert dataset.train_images.shape == (60000, 784)
    assert dataset.test_images.shape == (10000, 784)
    assert dataset.digest == fashion_mnist.DIGEST
    assert dataset.classes[0] == "T-shirt/top"
    # The pixel mean and deviation that are quoted for it everywhere.
    pixels = dataset.train_images / 255
    assert pixels.mean() == pytest.approx(0.2860, abs=5e-5)
    assert pixels.std() == pytest.approx(0.3530, abs=5e-5)
    for labels, each in ((dataset.train_labels, 6000), (dataset.test_labels, 1000)):
        assert [int((labels == label).sum()) for label in range(10)] == [each] * 10


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="there is no apt-get")
def test_many_processes_fetch_debians_package_once(tmp_path: Path, cache_folder: Path) -> None:
    try:
        from_apt = load(Data(source="apt"))
    except DatasetError as fault:
        pytest.skip(str(fault))
    assert from_apt.digest == fashion_mnist.DIGEST
    files = fashion_mnist.find(sources.fetched())
    assert {name: digests.of_file(path) for name, path in files.items()} == fashion_mnist.SHA256
    shutil.rmtree(cache_folder)

    noted = started_at_once(tmp_path / "notes", "cache,apt")
    assert len(noted) == PROCESSES
    assert sum(one["fetched"] for one in noted) == 1
    assert sum(one["stored"] for one in noted) == 1
    assert {path.name for path in cache_folder.iterdir()} <= {
        "decoded",
        "digests",
        "fashion-mnist",
        "locks",
    }


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="rights stop only an ordinary user"
)
def test_a_read_only_cache_still_gives_the_data(cache_folder: Path, published: Path) -> None:
    cache_folder.mkdir(mode=0o500)
    assert len(load(Data(source=str(published))).train_labels) == 60000
    assert not any(cache_folder.iterdir())


def test_naming_the_input_imports_no_numpy_and_loading_no_fetcher(published: Path) -> None:
    load(Data(source=str(published)))
    script = """
import sys
from mlp.config import Data
from mlp.datasets import digest, load
digest(Data())
assert "numpy" not in sys.modules
load(Data(source=["cache"]))
heavy = {"pooch", "requests", "filelock", "platformdirs", "matplotlib"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_the_command_says_where_it_lies_and_draws(tmp_path: Path, published: Path) -> None:
    sheet = tmp_path / "sheet.png"
    command = [sys.executable, "-W", "error", "-m", "mlp.datasets"]
    told = [*command, "--source", str(published), "--limit", "300", "--sheet", str(sheet)]
    said = subprocess.run(told, check=True, timeout=120, capture_output=True, text=True).stdout
    for part in (fashion_mnist.DIGEST, str(published), "300 to train of 60,000", "Ankle boot"):
        assert part in said
    for sha256 in fashion_mnist.SHA256.values():
        assert sha256 in said
    assert said.splitlines()[-1].endswith(str(sheet))
    assert sheet.read_bytes().startswith(b"\x89PNG")

    told = [*command, "--data", "idx", "--path", str(tmp_path / "nowhere")]
    refused = subprocess.run(told, check=False, timeout=60, capture_output=True, text=True)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert len(refused.stderr.splitlines()) == 1
