"""How settings were chosen: what was tried, what came out best, and whether that is reported."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.cells import Rules, fill, seed_of, selected
from analysis.experiments import grid
from analysis.runs import Runs
from analysis.sections import Cell, Cells, Metric, Tuning
from analysis.tables import Measured, measure
from analysis.values import Meaning, meaning, order, said


@dataclass(frozen=True)
class Tuned:
    """What was tried for one group of cells."""

    name: str
    by: Mapping[str, Any]
    tried: tuple[Measured, ...]
    """A candidate each, the best first; those without a number last."""
    reported: tuple[str, ...]
    """Cells of the section that have other settings than the best."""
    edges: tuple[str, ...]
    """Params whose best value is the least or the largest that was tried."""

    @property
    def best(self) -> Measured | None:
        first = self.tried[0] if self.tried else None
        return first if first is not None and math.isfinite(first.seeds.mean) else None

    @property
    def runs(self) -> int:
        return sum(len(one.filled.runs) for one in self.tried)


def tuned(section: Cells, tuning: Tuning, runs: Runs, rules: Rules) -> list[Tuned]:
    """Give what was tried for each group of cells that was tuned by itself."""
    groups: dict[tuple[Meaning, ...], dict[str, Any]] = {}
    for cell in section.cells:
        where = {**section.select, **cell.where}
        by = {name: where.get(name) for name in tuning.by}
        groups.setdefault(tuple(meaning(value) for value in by.values()), by)
    return [_group(section, tuning, by, runs, rules) for by in groups.values()]


def _group(
    section: Cells, tuning: Tuning, by: Mapping[str, Any], runs: Runs, rules: Rules
) -> Tuned:
    own = {name: value for name, value in section.select.items() if name not in tuning.over}
    select = {**own, **tuning.select, **by}
    metric = Metric(name=tuning.metric, better=tuning.better)
    tried = []
    for where in _candidates(tuning, select, runs):
        cell = Cell(
            name=", ".join(f"{name} {said(value)}" for name, value in where.items()), where=where
        )
        tried.append(measure(runs, fill(runs, cell, select, tuning.seeds, rules), metric))
    sign = 1 if tuning.better == "lower" else -1
    tried.sort(key=lambda one: _rank(one, sign))
    name = ", ".join(said(value) for value in by.values()) or "all cells"
    found = Tuned(name, by, tuple(tried), (), ())
    best = found.best
    if best is None:
        return found
    chosen = best.filled.cell.where
    edges = tuple(name for name in tuning.over if _at_edge(name, best, tried))
    return Tuned(name, by, tuple(tried), tuple(_otherwise(section, by, chosen)), edges)


def _rank(one: Measured, sign: int) -> tuple[bool, float]:
    """Put candidates with every run before those that lack some: a mean of survivors flatters."""
    mean = one.seeds.mean
    whole = math.isfinite(mean) and one.seeds.n == one.filled.expected
    return not whole, sign * mean if math.isfinite(mean) else math.inf


def _candidates(tuning: Tuning, select: Mapping[str, Any], runs: Runs) -> list[dict[str, Any]]:
    """Give what was to be tried, or what is found to have been."""
    if tuning.among:
        return grid(tuning.among)
    found: dict[tuple[Meaning, ...], dict[str, Any]] = {}
    for run in selected(runs, select):
        if seed_of(run) in tuning.seeds:
            where = {name: run.settings.get(name) for name in tuning.over}
            found.setdefault(tuple(where.values()), where)
    return [found[key] for key in sorted(found, key=lambda key: [order(value) for value in key])]


def _at_edge(name: str, best: Measured, tried: Sequence[Measured]) -> bool:
    numbers = sorted(
        {
            value
            for one in tried
            if isinstance(value := meaning(one.filled.cell.where.get(name)), float)
        }
    )
    chosen = meaning(best.filled.cell.where.get(name))
    return len(numbers) > 1 and chosen in {numbers[0], numbers[-1]}


def _otherwise(section: Cells, by: Mapping[str, Any], chosen: Mapping[str, Any]) -> list[str]:
    """Name the cells of this group that are reported with other settings."""
    wanted = {name: meaning(value) for name, value in by.items()}
    found = []
    for cell in section.cells:
        where = {name: meaning(v) for name, v in {**section.select, **cell.where}.items()}
        is_own = all(where.get(name) == value for name, value in wanted.items())
        if is_own and any(where.get(name) != meaning(value) for name, value in chosen.items()):
            found.append(cell.name)
    return found


def overlap(section: Cells, tuning: Tuning) -> list[int]:
    """Give the seeds that were both tuned on and reported."""
    return sorted(set(section.seeds) & set(tuning.seeds))
