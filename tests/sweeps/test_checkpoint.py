import hashlib
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sweeps.checkpoint import CheckpointError, load, newest, prune, save
from sweeps.records import Checkpoint

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
ARRAYS = hnp.arrays(
    hnp.scalar_dtypes().filter(lambda dtype: dtype.kind not in "mM"),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
NAMES = st.text(max_size=12).filter(
    lambda name: name.isprintable() and "\\" not in name and not name.endswith(".npy")
)


def saved(folder: Path, step: int, state: dict[str, Any]) -> Checkpoint:
    file, sha256 = save(folder, step, state)
    return Checkpoint(step, step, file, sha256)


@given(st.dictionaries(NAMES, ARRAYS | JSON, max_size=5))
def test_a_state_comes_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, state: dict[str, Any]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    file, sha256 = save(folder, 3, state)
    back = load(folder / file, sha256)
    assert back.keys() == state.keys()
    for name, value in state.items():
        if isinstance(value, np.ndarray):
            assert back[name].dtype == value.dtype
            assert back[name].shape == value.shape
            assert back[name].tobytes() == value.tobytes()
        else:
            assert back[name] == value
    assert save(folder, 3, state).sha256 == sha256


def test_numpy_alone_reads_it_without_pickle(tmp_path: Path) -> None:
    file, _ = save(tmp_path, 1, {"weight": np.arange(6.0).reshape(2, 3), "nan": math.nan})
    with np.load(tmp_path / file, allow_pickle=False) as entries:
        assert entries["weight"].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"a": object()}, "'a': neither an array nor plain JSON"),
        ({"a": {1, 2}}, "'a': neither"),
        ({"a": np.array([None])}, "'a': arrays of objects"),
        ({"__json__": 1}, "'__json__': names"),
        ({"a.npy": np.zeros(1)}, "names"),
        ({3: 1}, "3: names"),
        ({"a\0b": np.zeros(1)}, "names"),
        ({"a\\b": np.zeros(1)}, "names"),
    ],
)
def test_what_needs_pickle_is_refused(tmp_path: Path, state: Any, reason: str) -> None:
    with pytest.raises(CheckpointError, match=reason):
        save(tmp_path, 1, state)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_newest_gives_way_to_the_older(tmp_path: Path) -> None:
    older = saved(tmp_path, 1, {"x": np.ones(3), "step": 1})
    newer = saved(tmp_path, 2, {"x": np.zeros(3), "step": 2})
    whole = (tmp_path / newer.file).read_bytes()
    loaded = newest(tmp_path, [newer, older])
    assert loaded is not None
    assert (loaded.step, loaded.refused) == (2, ())
    for at in range(0, len(whole), 7):
        for broken in (whole[:at], whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :]):
            (tmp_path / newer.file).write_bytes(broken)
            loaded = newest(tmp_path, [newer, older])
            assert loaded is not None
            assert (loaded.step, loaded.state["step"]) == (1, 1)
            assert "damaged" in loaded.refused[0]
    (tmp_path / newer.file).unlink()
    (tmp_path / older.file).write_bytes(b"")
    assert newest(tmp_path, [newer, older]) is None


def test_a_file_that_is_no_checkpoint_is_refused_whatever_its_digest(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=np.ones(1))
    (tmp_path / "text").write_text("hello")
    for name in ("other.npz", "text"):
        digest = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        with pytest.raises(CheckpointError, match="can't be read"):
            load(tmp_path / name, digest)


def test_pruning_keeps_what_is_named(tmp_path: Path) -> None:
    kept = [saved(tmp_path, step, {"step": step}).file for step in (1, 2, 3)][1:]
    (tmp_path / "step-0000000004.npz.unfinished").write_bytes(b"half")
    (tmp_path / "mine.txt").write_text("")
    prune(tmp_path, keep=kept)
    assert {path.name for path in tmp_path.iterdir()} == {*kept, "mine.txt"}
    prune(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt"}
    prune(tmp_path / "never")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_save_that_fails_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    before = saved(tmp_path, 1, {"step": 1})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, call, full)
        with pytest.raises(CheckpointError, match=r"step 1 can't be written.*No space left"):
            save(tmp_path, 1, {"step": 1, "more": 2})
    assert load(tmp_path / before.file, before.sha256) == {"step": 1}
    assert len(list(tmp_path.iterdir())) == 1
