"""Run records in one file: all that the report needs of a store, a few megabytes a thousand runs.

A .zip with runs.json (settings, metrics, tags), curves.bin (float32, in the order of runs.json),
NAME_correct.bin (a bit an example) and the CSV files that other commands left. Equal records give
equal bytes.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.index import FIELDS, FORMAT, NAME, Index, bytes_of, index_of
from analysis.runs import Bits, Curves, Run, Runs

_EPOCH = (1980, 1, 1, 0, 0, 0)
_TABLES = "tables/"
# An encrypted member is a RuntimeError, an unknown compression its subclass NotImplementedError.
_UNREADABLE = (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error)


def write(path: Path, runs: Runs, sets: Iterable[str], tables: Mapping[str, str]) -> None:
    """Write runs with their curves, what they got right of each of `sets`, and CSV files by name.

    The file is whole or as it was before. Raises `AnalysisError` if it can't be written.
    """
    every = list(runs)
    curves = runs.curves(every)
    index: dict[str, Any] = {
        "format": FORMAT,
        "runs": [
            {**{name: getattr(run, name) for name in FIELDS}, "curves": _shape(own)}
            for run, own in zip(every, curves, strict=True)
        ],
        "sweeps": [vars(sweep) for sweep in runs.sweeps],
        "correct": {},
    }
    parts = {"curves.bin": _packed_curves(curves)}
    for name in sorted(set(sets)):
        bits = runs.correct(every, name)
        index["correct"][name] = [-1 if one is None else len(one) for one in bits]
        parts[f"{name}_correct.bin"] = b"".join(
            np.packbits(one).tobytes() for one in bits if one is not None
        )
    parts |= {f"{_TABLES}{name}": text.encode() for name, text in sorted(tables.items())}
    text = json.dumps(index, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    unfinished = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            for name, data in {NAME: text.encode(), **parts}.items():
                member = zipfile.ZipInfo(name, _EPOCH)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.create_system = 3  # the same bytes on every system
                file.writestr(member, data)
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        msg = f"Run records can't be written to {path}: {error.strerror}: {error.filename}"
        raise AnalysisError(msg) from error


def read_archive(path: Path) -> Runs:
    """Read what `write` wrote.

    Raises `AnalysisError` for a file that is none of these, or whose parts don't fit each other:
    sizes are compared before anything is made of them.
    """
    try:
        with zipfile.ZipFile(path) as file:
            index = index_of(_part(file, NAME))
            parts = {name: _part(file, name, size) for name, size in index.sizes().items()}
            tables = {
                name.removeprefix(_TABLES): _part(file, name).decode("utf-8")
                for name in file.namelist()
                if name.startswith(_TABLES)
            }
    except _UNREADABLE as error:
        msg = f"{path} holds no run records as `python -m analysis.export` writes them: {error}."
        raise AnalysisError(msg) from error
    return Runs(index.told_runs(), index.told_sweeps(), _Kept(index, parts, tables))


def _part(file: zipfile.ZipFile, name: str, size: int | None = None) -> bytes:
    """Read a member, if it is as large as it must be; no more is read than it says to be."""
    if name not in file.namelist():
        msg = f"it has no {name}"
        raise AnalysisError(msg)
    found = file.getinfo(name).file_size
    if size not in {None, found}:
        msg = f"{name} has {found} bytes, and {NAME} tells of {size}"
        raise AnalysisError(msg)
    return file.read(name)


class _Kept:
    """What lies in the file, taken apart when it is first asked for."""

    def __init__(self, index: Index, parts: Mapping[str, bytes], tables: Mapping[str, str]) -> None:
        self._ids = [run.run_id for run in index.runs]
        self._index = index
        self._parts = parts
        self._tables = tables
        self._curves: dict[str, Curves] | None = None
        self._correct: dict[str, dict[str, Bits]] = {}

    def curves(self, runs: Sequence[Run]) -> list[Curves]:
        if self._curves is None:
            shapes = [one.curves for one in self._index.runs]
            unpacked = _unpacked_curves(self._parts["curves.bin"], shapes)
            self._curves = dict(zip(self._ids, unpacked, strict=True))
        return [self._curves[run.run_id] for run in runs]

    def correct(self, runs: Sequence[Run], name: str) -> list[Bits | None]:
        if name not in self._correct:
            lengths = self._index.correct.get(name, [-1] * len(self._ids))
            self._correct[name] = self._bits(self._parts.get(f"{name}_correct.bin", b""), lengths)
        return [self._correct[name].get(run.run_id) for run in runs]

    def table(self, name: str) -> str | None:
        return self._tables.get(name)

    def _bits(self, data: bytes, lengths: Sequence[int]) -> dict[str, Bits]:
        found = {}
        at = 0
        for run_id, length in zip(self._ids, lengths, strict=True):
            if length >= 0:
                size = bytes_of(length)
                packed = np.frombuffer(data, np.uint8, size, at)
                found[run_id] = np.unpackbits(packed, count=length).astype(np.bool)
                at += size
        return found


def _shape(curves: Curves) -> list[Any]:
    """Give the curves' names and their common length."""
    return [list(curves), len(curves["epoch"]) if curves else 0]


def _packed_curves(curves: Iterable[Curves]) -> bytes:
    """Put all values in a row, and first all their first bytes: like bytes compress better."""
    values = [array for own in curves for array in own.values()]
    row = np.concatenate(values) if values else np.empty(0, np.float32)
    return row.astype("<f4").view(np.uint8).reshape(-1, 4).T.tobytes()


def _unpacked_curves(data: bytes, shapes: Iterable[tuple[Sequence[str], int]]) -> list[Curves]:
    row = np.frombuffer(data, np.uint8).reshape(4, -1).T.copy().view("<f4").ravel()
    found: list[Curves] = []
    at = 0
    for names, length in shapes:
        own = {}
        for name in names:
            own[name] = row[at : at + length].astype(np.float32)
            at += length
        found.append(own)
    return found
