"""Which runs a cell of a table is made of, and what keeps it from being whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from analysis.runs import Run, Runs
from analysis.sections import Cell, Where
from analysis.values import meaning, said

_BRIEF = 8
_DIGEST = re.compile(r"[0-9a-f]{16,}")


@dataclass(frozen=True)
class Rules:
    """What a user may ask of cells."""

    allow_mixed: bool = False
    newest_code: Mapping[str, str] = field(default_factory=dict)
    """The fingerprint of each task that isn't stale, if that is known."""


@dataclass(frozen=True)
class Filled:
    """A cell with its runs. `used` has one for each seed, in the order of seeds."""

    cell: Cell
    used: tuple[Run, ...]
    wanted: tuple[int, ...]
    missing: tuple[int, ...] = ()
    others: tuple[Run, ...] = ()
    """Those without a number: failed, diverged, interrupted, running."""
    mixes: tuple[str, ...] = ()
    """What the runs differ in besides their seeds."""
    refused: bool = False
    stale: bool = False
    repeated: int = 0
    states: Mapping[str, int] = field(default_factory=dict)
    select: Where = field(default_factory=dict)
    """What chose the runs, besides the cell's own params."""

    @property
    def runs(self) -> tuple[Run, ...]:
        """Those whose numbers count."""
        return () if self.refused else self.used

    @property
    def expected(self) -> int:
        """How many runs there were to be: the seeds asked for, or what was begun."""
        return len(self.wanted) or len(self.used) + len(self.others)

    @property
    def count(self) -> str:
        """Say n, or k of n where runs lack a number."""
        n = len(self.runs)
        return f"{n}" if n == self.expected else f"{n} of {self.expected}"

    @property
    def losses(self) -> list[str]:
        """Say in words what became of runs that aren't there."""
        missing = [f"{len(self.missing)} missing"] if self.missing else []
        return [f"{count} {state}" for state, count in sorted(self.states.items())] + missing

    @property
    def notes(self) -> list[str]:
        """Say in words what isn't whole."""
        found = self.losses
        if self.mixes:
            found.append(f"{'refused, ' if self.refused else ''}mixes {'; '.join(self.mixes)}")
        if self.stale:
            found.append("stale: made by older code")
        if self.repeated:
            found.append(f"{self.repeated} trained again, counted once")
        return found


def seed_of(run: Run) -> int | None:
    """Give the run's seed, the number by which runs of two cells are pairs."""
    seed = run.settings.get("seed")
    return int(seed) if isinstance(seed, float) else None


def selected(runs: Runs, where: Where) -> list[Run]:
    """Give the runs with these params, those that a user took out left out.

    A param that a run hasn't got at all counts as none.
    """
    found = runs.having({name: meaning(value) for name, value in where.items()})
    return [run for run in found if run.excluded is None]


def fill(
    runs: Runs,
    cell: Cell,
    select: Where,
    seeds: Sequence[int],
    rules: Rules,
) -> Filled:
    """Find the runs of one cell.

    With `seeds`, only runs of those count.
    """
    found = fill_with(selected(runs, {**select, **cell.where}), cell, seeds, rules)
    return replace(found, select=select)


def fill_with(found: Sequence[Run], cell: Cell, seeds: Sequence[int], rules: Rules) -> Filled:
    """Make a cell of runs that were found for it.

    Runs of one identity, and further runs of one seed with equal settings, code and data, count
    once: the one that was first.
    """
    if seeds:
        wanted = set(seeds)
        found = [run for run in found if seed_of(run) in wanted]
    once: dict[str, Run] = {}
    for run in sorted(found, key=lambda one: (one.state != "finished", one.start_ms, one.run_id)):
        once.setdefault(run.identity, run)
    finished = [run for run in once.values() if run.state == "finished"]
    mixes = mixed(finished)
    used: dict[Any, Run] = {}
    for run in finished:
        used.setdefault(_place(run), run)
    others = [run for run in once.values() if run.state != "finished" and _place(run) not in used]
    begun = {seed_of(run) for run in (*used.values(), *others)}
    return Filled(
        cell=cell,
        used=tuple(sorted(used.values(), key=_by_seed)),
        wanted=tuple(seeds),
        missing=tuple(seed for seed in seeds if seed not in begun),
        others=tuple(others),
        mixes=tuple(mixes),
        refused=bool(mixes) and not rules.allow_mixed,
        stale=any(rules.newest_code.get(run.task, run.code) != run.code for run in finished),
        repeated=len(finished) - len(used),
        states=Counter(run.state for run in others),
    )


def mixed(runs: Sequence[Run]) -> list[str]:
    """Say what some runs differ in that should be equal: settings, code, data, BLAS kernels."""
    found = []
    # Runs that the orchestrator calls repeats have one configuration. Their params may still
    # differ: a sweep over the options of a group logs which it chose, another has none to log.
    repeats = len({run.tags.get("sweeps.repeat", run.run_id) for run in runs}) == 1
    names = sorted({name for run in runs for name in run.configuration})
    for name in [] if repeats else names:
        values = {run.settings.get(name) for run in runs}
        if len(values) > 1:
            found.append(f"{name} {_list(said(value) for value in values)}")
    for what, marks in (
        ("code", {run.code for run in runs}),
        ("data", {run.data for run in runs}),
        ("BLAS", {run.blas for run in runs}),
    ):
        if len(marks) > 1:
            found.append(f"{what} {_list(_apart(marks))}")
    return found


def newest_code(runs: Iterable[Run]) -> dict[str, str]:
    """Give for each task the code fingerprint of the run that began last."""
    kept = [run for run in runs if run.excluded is None]
    ordered = sorted(kept, key=lambda run: (run.start_ms, run.run_id))
    return {run.task: run.code for run in ordered}


def _place(run: Run) -> object:
    seed = seed_of(run)
    return run.run_id if seed is None else seed


def _by_seed(run: Run) -> tuple[int, str]:
    return seed_of(run) or 0, run.run_id


def _apart(marks: set[str]) -> list[str]:
    """Write what tells marks apart: without the parts that all share, and with short digests."""
    parts = {mark: mark.split(", ") for mark in marks}
    shared = set.intersection(*map(set, parts.values()))
    own = [[part for part in found if part not in shared] for found in parts.values()]
    words = {word for found in own for part in found for word in part.split()}
    longest = max(map(len, words), default=_BRIEF)
    brief = next(
        length
        for length in range(_BRIEF, max(_BRIEF, longest) + 1)
        if length >= longest or len({_brief(word, length) for word in words}) == len(words)
    )
    return [
        ", ".join(" ".join(_brief(word, brief) for word in part.split()) for part in found)
        or "unknown"
        for found in own
    ]


def _brief(word: str, length: int) -> str:
    """Shorten a digest; other words are to be read."""
    return word[:length] if _DIGEST.fullmatch(word) else word


def _list(words: Iterable[str]) -> str:
    return " and ".join(sorted(words))
