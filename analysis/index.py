"""What runs.json of run records says, checked: every run, and the sizes of the other files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analysis.errors import AnalysisError
from analysis.runs import Run, Sweep

NAME = "runs.json"
FORMAT = 1
FIELDS = ("run_id", "name", "experiment", "status", "start_ms", "params", "metrics", "tags")
_FLOAT32 = 4  # bytes
_TOLD = 3


class _Part(BaseModel):
    model_config = ConfigDict(strict=True)


class IndexedRun(_Part):
    """A run, and of its curves the names and the common length."""

    run_id: str
    name: str
    experiment: str
    status: str
    start_ms: int
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    # JSON knows no tuple.
    curves: Annotated[tuple[list[str], Annotated[int, Field(ge=0)]], Field(strict=False)]


class IndexedSweep(_Part):
    """A sweep."""

    key: str
    name: str
    command: str
    run_id: str


class Index(_Part):
    """The runs in their order; of each set, how many examples each run has, or -1."""

    runs: list[IndexedRun]
    sweeps: list[IndexedSweep]
    correct: dict[str, list[Annotated[int, Field(ge=-1)]]]

    def told_runs(self) -> list[Run]:
        """Give the runs without what was kept of them."""
        return [Run(**{name: getattr(one, name) for name in FIELDS}) for one in self.runs]

    def told_sweeps(self) -> list[Sweep]:
        """Give the sweeps."""
        return [Sweep(**dict(one)) for one in self.sweeps]

    def sizes(self) -> dict[str, int]:
        """Give the bytes of every file that goes with this one, by its name."""
        curves = sum(len(names) * length for names, length in (one.curves for one in self.runs))
        sizes = {"curves.bin": curves * _FLOAT32}
        for name, lengths in self.correct.items():
            sizes[f"{name}_correct.bin"] = sum(bytes_of(length) for length in lengths)
        return sizes


def bytes_of(length: int) -> int:
    """Give the bytes that a bit for each of `length` examples takes; none for -1."""
    return -(-max(length, 0) // 8)


def index_of(data: bytes) -> Index:
    """Read runs.json. Raises `AnalysisError` with what is wrong with it."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        msg = f"{NAME} is no JSON: {error}"
        raise AnalysisError(msg) from error
    if isinstance(told, dict) and told.get("format", FORMAT) != FORMAT:
        msg = f"it is of format {told['format']}, and this version reads {FORMAT}"
        raise AnalysisError(msg)
    try:
        index = Index.model_validate(told)
    except ValidationError as error:
        raise AnalysisError(_first(list(_said(error)))) from error
    faults = list(_faults(index))
    if faults:
        raise AnalysisError(_first(faults))
    return index


def _first(faults: list[str]) -> str:
    more = f"; and {len(faults) - _TOLD} more" if len(faults) > _TOLD else ""
    return "; ".join(faults[:_TOLD]) + more


def _said(error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in (NAME, *one["loc"]))
        yield f"{where}: {one['msg']}"


def _faults(index: Index) -> Iterator[str]:
    if len({one.run_id for one in index.runs}) < len(index.runs):
        yield f"{NAME} has runs of one run_id twice"
    for name, lengths in index.correct.items():
        if len(lengths) != len(index.runs):
            yield f"{NAME}.correct.{name} tells of {len(lengths)} runs, not of {len(index.runs)}"
