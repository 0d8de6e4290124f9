"""Runs as they are read back: settings, figures, and what was kept of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.values import Meaning, meaning

Bits = NDArray[np.bool]
Curves = Mapping[str, NDArray[np.float32]]
"""`epoch` and each logged curve, all of one length; nan where a step lacks a value."""

_SEED = re.compile(r"seeds?(\..*)?")
EXCLUDE_TAG = "exclude"


@dataclass(frozen=True)
class Run:
    """One run; params and tags are text, as MLflow has them."""

    run_id: str
    name: str
    experiment: str
    status: str
    start_ms: int
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    artifacts: str = field(default="", compare=False)
    """Where the run's files lie, for who reads them."""

    @cached_property
    def settings(self) -> Mapping[str, Meaning]:
        """What the params mean, by name."""
        return {name: meaning(text) for name, text in self.params.items()}

    @property
    def identity(self) -> str:
        """What is equal for runs that are the same run; its own id for one that has none."""
        return self.tags.get("sweeps.identity", self.run_id)

    @property
    def state(self) -> str:
        """finished, failed, diverged, interrupted, running or waiting."""
        state = self.tags.get("sweeps.state") or _STATES.get(self.status, self.status.lower())
        return "diverged" if state == "failed" and self.reason.startswith("diverged") else state

    @property
    def reason(self) -> str:
        return self.tags.get("sweeps.reason", "")

    @property
    def excluded(self) -> str | None:
        """Why a user took this run out, by the tag exclude=REASON; None if nobody did."""
        return self.tags.get(EXCLUDE_TAG)

    @property
    def task(self) -> str:
        """What trained it."""
        return self.tags.get("sweeps.task", "")

    @property
    def code(self) -> str:
        return self.tags.get("sweeps.code", "")

    @property
    def commit(self) -> str:
        """The commit of its code; "unknown" for a run that was made outside of a checkout."""
        return self.tags.get("mlflow.source.git.commit") or "unknown"

    @property
    def data(self) -> str:
        """The digests of its inputs."""
        return ", ".join(
            f"{name.removeprefix('input.')} {value}"
            for name, value in sorted(self.tags.items())
            if name.startswith("input.")
        )

    @property
    def blas(self) -> str:
        return self.tags.get("version.blas", "")

    @property
    def configuration(self) -> Mapping[str, Meaning]:
        """The settings that runs repeating each other under other seeds share."""
        return {name: value for name, value in self.settings.items() if not is_seed(name)}


_STATES = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "interrupted"}


def is_seed(param: str) -> bool:
    """Whether a param only says where randomness starts, as seed and seeds.shuffle do."""
    return _SEED.fullmatch(param) is not None


class Keeping(Protocol):
    """Where runs were read from, and what was kept with them still lies."""

    def curves(self, runs: Sequence[Run]) -> list[Curves]:
        """Give what each run logged by epoch; empty for one that logged nothing."""
        ...

    def correct(self, runs: Sequence[Run], name: str) -> list[Bits | None]:
        """Give which examples of the set `name` each run got right, in the set's order."""
        ...

    def table(self, name: str) -> str | None:
        """Give the text of a CSV file that another command left."""
        ...


@dataclass(frozen=True)
class Sweep:
    """The run that stands for a whole sweep."""

    key: str
    name: str
    command: str
    run_id: str


class Runs:
    """Runs with what was kept of them, each file read once and only when it is asked for."""

    def __init__(self, runs: Iterable[Run], sweeps: Iterable[Sweep], kept: Keeping) -> None:
        self._runs = tuple(runs)
        self.sweeps = tuple(sweeps)
        self.kept = kept
        self._curves: dict[str, Curves] = {}
        self._correct: dict[tuple[str, str], Bits | None] = {}

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def having(self, wanted: Mapping[str, Meaning]) -> list[Run]:
        """Give the runs with these settings; one that a run hasn't got at all counts as None.

        A report asks for hundreds of cells: each setting's runs are the bits of a number, so that a
        cell is a few logical ands instead of a look at every run.
        """
        bits = (1 << len(self._runs)) - 1
        for name, value in wanted.items():
            if value is None:
                others = (own for has, own in self._bits.get(name, {}).items() if has is not None)
                for own in others:
                    bits &= ~own
            else:
                bits &= self._bits.get(name, {}).get(value, 0)
        return [run for at, run in enumerate(self._runs) if bits >> at & 1] if bits else []

    @cached_property
    def _bits(self) -> Mapping[str, Mapping[Meaning, int]]:
        found: dict[str, dict[Meaning, int]] = {}
        for at, run in enumerate(self._runs):
            for name, value in run.settings.items():
                values = found.setdefault(name, {})
                values[value] = values.get(value, 0) | 1 << at
        return found

    def curves(self, runs: Sequence[Run]) -> list[Curves]:
        """Give the curves of some of the runs."""
        missing = [run for run in runs if run.run_id not in self._curves]
        for run, curves in zip(missing, self.kept.curves(missing), strict=True):
            self._curves[run.run_id] = curves
        return [self._curves[run.run_id] for run in runs]

    def correct(self, runs: Sequence[Run], name: str) -> list[Bits | None]:
        """Give which examples some of the runs got right."""
        missing = [run for run in runs if (run.run_id, name) not in self._correct]
        untested = [run for run in missing if f"{name}_accuracy" not in run.metrics]
        self._correct.update({(run.run_id, name): None for run in untested})
        missing = [run for run in missing if (run.run_id, name) not in self._correct]
        for run, bits in zip(missing, self.kept.correct(missing, name), strict=True):
            self._correct[run.run_id, name] = bits
        return [self._correct[run.run_id, name] for run in runs]
