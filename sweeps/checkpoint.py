"""A run's checkpoints: a flat mapping of arrays and JSON values in one .npz file, no pickle.

A checkpoint is written beside its name and put in place whole, and the journal records its
SHA-256; the last two are kept, so that one damaged file costs the time between two.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from sweeps.records import Checkpoint
from sweeps.state import JSONValue

if TYPE_CHECKING:
    from numpy.typing import NDArray

State: TypeAlias = "Mapping[str, NDArray[Any] | JSONValue]"

_JSON = "__json__"
_UNFINISHED = ".unfinished"


class CheckpointError(Exception):
    """A checkpoint can't be written or read; the message is one sentence for people."""


class Saved(NamedTuple):
    """The name of a checkpoint's file in its folder, and the SHA-256 of its bytes."""

    file: str
    sha256: str


class Loaded(NamedTuple):
    """A state read back, its step, and a sentence for each newer checkpoint that was refused."""

    step: int
    state: dict[str, Any]
    refused: tuple[str, ...]


def save(folder: Path, step: int, state: State) -> Saved:
    """Write the state reached after `step`; it is on the disk when this returns.

    Arrays keep shape and dtype, those without dimensions too; other values must be what JSON
    can say (tuples come back as lists, keys of mappings as strings). Equal states give equal
    files. Raises CheckpointError if a value is neither or the file can't be written.
    """
    import numpy as np

    arrays: dict[str, NDArray[Any]] = {}
    others: dict[str, JSONValue] = {}
    for name, value in state.items():
        if isinstance(value, np.ndarray | np.generic):
            arrays[name] = np.asarray(value)
        else:
            others[name] = value
    _refuse_names(state)
    for name, value in others.items():
        try:
            json.dumps(value)
        except (TypeError, ValueError) as error:
            msg = f"a checkpoint can't hold {name!r}: neither an array nor plain JSON ({error})"
            raise CheckpointError(msg) from error
    for name, array in arrays.items():
        if array.dtype.hasobject:
            msg = f"a checkpoint can't hold {name!r}: arrays of objects need pickle"
            raise CheckpointError(msg)
    arrays[_JSON] = np.frombuffer(json.dumps(others).encode("ascii"), dtype=np.uint8)
    file = f"step-{step:010d}.npz"
    try:
        return Saved(file, _write(folder / file, arrays))
    except OSError as error:
        msg = f"the checkpoint of step {step} can't be written in {folder}: {error.strerror}"
        raise CheckpointError(msg) from error


def load(path: Path, sha256: str) -> dict[str, Any]:
    """Read what `save` wrote. Raises CheckpointError unless its bytes have this SHA-256."""
    import numpy as np

    try:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                msg = f"the checkpoint {path} is damaged: its SHA-256 is not the recorded one"
                raise CheckpointError(msg)
            file.seek(0)
            with np.load(file, allow_pickle=False) as entries:
                state: dict[str, Any] = {name: entries[name] for name in entries.files}
        state.update(json.loads(state.pop(_JSON).tobytes()))
    except FileNotFoundError as error:
        msg = f"the checkpoint {path} is gone"
        raise CheckpointError(msg) from error
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        msg = f"the checkpoint {path} can't be read: {error}"
        raise CheckpointError(msg) from error
    return state


def newest(folder: Path, checkpoints: Iterable[Checkpoint]) -> Loaded | None:
    """Read the first checkpoint that is whole, of records given newest first."""
    refused: list[str] = []
    for record in checkpoints:
        try:
            state = load(folder / record.file, record.sha256)
        except CheckpointError as error:
            refused.append(str(error))
        else:
            return Loaded(record.step, state, tuple(refused))
    return None


def whole(folder: Path, checkpoints: Iterable[Checkpoint]) -> Checkpoint | None:
    """Give the record that `newest` would load, by its file's bytes alone."""
    for record in checkpoints:
        with suppress(OSError), (folder / record.file).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == record.sha256:
                return record
    return None


def prune(folder: Path, keep: Collection[str] = ()) -> None:
    """Remove all checkpoints but the files named, and what interrupted saves left.

    Call it after the journal has recorded the newest, never before: what the journal names must
    exist. A file that can't be removed (open elsewhere, on Windows) goes the next time.
    """
    with suppress(OSError):
        for path in sorted(folder.glob("step-*.npz*")):
            if path.name not in keep:
                with suppress(OSError):
                    path.unlink()


class _Hashing:
    """A file that can only be written on, hashing what passes; it never seeks back."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self._file.write(data)
        return len(data)

    def flush(self) -> None:
        self._file.flush()


def _write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Put a whole .npz in place and give its SHA-256; leave nothing behind on failure."""
    from numpy.lib import format as npy

    unfinished = path.with_name(path.name + _UNFINISHED)
    try:
        with unfinished.open("wb") as file:
            hashing = _Hashing(file)
            with zipfile.ZipFile(hashing, "w") as archive:  # type: ignore[call-overload]
                for name, array in arrays.items():
                    # Not np.savez: it puts the names into its own arguments. The date of an
                    # entry is then 1980, always.
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                        npy.write_array(entry, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
    return hashing.digest.hexdigest()


def _refuse_names(state: State) -> None:
    """Refuse what a zip archive would store under another name, here or on another system."""
    for name in state:
        # Types are a promise, and a user's script makes none.
        text = isinstance(name, str)
        usable = text and name.isprintable() and "\\" not in name
        if not usable or name == _JSON or name.endswith(".npy"):
            msg = (
                f"a checkpoint can't hold {name!r}: names are printable strings without "
                f"backslashes, not {_JSON} nor ending in .npy"
            )
            raise CheckpointError(msg)
