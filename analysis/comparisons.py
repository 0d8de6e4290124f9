"""Two cells compared on a metric, seed by seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis import pairs
from analysis.cells import Filled, mixed, seed_of
from analysis.measures import examples_of, values
from analysis.numbers import signed, span
from analysis.runs import Run, Runs
from analysis.sections import Metric
from analysis.statistics import Interval, over_seeds, over_seeds_and_examples


@dataclass(frozen=True)
class Compared:
    """Two cells on a metric, seed by seed: the first less the second, in the table's unit."""

    cell: str
    other: str
    metric: Metric
    by_seed: Mapping[int, float]
    """The difference of each seed that both have."""
    examples: NDArray[np.int8] | None
    """Of shape (seeds, examples): 1 where only the first was right, -1 where only the second.

    None if the metric is no part of examples, or if what was right is not known.
    """
    comparisons: int = 1
    """Of how many this is one."""
    problem: str = ""
    """Why nothing can be said."""
    notes: str = ""
    """What isn't whole of the two cells."""

    @cached_property
    def seeds(self) -> Interval:
        """The mean difference over seeds."""
        return over_seeds(self.differences)

    @cached_property
    def both(self) -> Interval | None:
        """The mean difference over seeds and test examples."""
        if self.examples is None:
            return None
        return over_seeds_and_examples(self.examples).scaled(self.metric.scale)

    @property
    def smallest(self) -> float:
        """What n could have shown."""
        found = [one for one in (self.seeds, self.both) if one]
        return max(pairs.detectable(one, self.n, self.comparisons) for one in found)

    @property
    def differences(self) -> list[float]:
        return list(self.by_seed.values())

    @property
    def n(self) -> int:
        return len(self.by_seed)

    @cached_property
    def of_seeds(self) -> float:
        """The p over seeds alone: for the examples that were used."""
        return pairs.sign_flip(self.differences)

    @property
    def p(self) -> float:
        """The p of the claim about the method: over seeds and over test examples."""
        return self.of_seeds if self.both is None else max(self.of_seeds, self.both.p)

    def less(self, base: Compared, comparisons: int) -> Compared:
        """Compare this difference with another, on the seeds that both have."""
        common = sorted(self.by_seed.keys() & base.by_seed.keys())
        examples = None
        if self.examples is not None and base.examples is not None:
            examples = self._of(common, self.examples) - base._of(common, base.examples)
        problem = self.problem or (base.problem and f"of the base: {base.problem}")
        return Compared(
            cell=f"{self.cell} − {self.other}",
            other="the base's",
            metric=self.metric,
            by_seed={seed: self.by_seed[seed] - base.by_seed[seed] for seed in common},
            examples=examples,
            comparisons=comparisons,
            problem=problem or ("" if len(common) > 1 else "too few pairs"),
        )

    def _of(self, seeds: Sequence[int], examples: NDArray[np.int8]) -> NDArray[np.int8]:
        return examples[[list(self.by_seed).index(seed) for seed in seeds]]

    def sign(self, p: float) -> int:
        """Give 1 if the first is higher, -1 if lower, 0 if no difference can be seen.

        `p` is the corrected one.
        """
        if p >= pairs.LEVEL:
            return 0
        return 1 if self.seeds.mean > 0 else -1

    def said(self, p: float) -> str:
        """Say what was found, in one sentence; `p` is the corrected one."""
        name = f"{self.cell} − {self.other}"
        if self.problem:
            return f"{name}: {self.problem}."
        places = self.metric.places
        spans = f"95% {span(self.seeds, places)} over seeds"
        if self.both is not None:
            spans += f", {span(self.both, places)} over seeds and test examples"
        mean = f"{signed(self.seeds.mean, places)}{self.metric.unit}"
        n = f"{self.n}; {self.notes}" if self.notes else f"{self.n}"
        found = f"{name}, {self.metric.words}: {mean} ({spans}; n={n}, p={_p(p)})"
        sign = self.sign(p)
        if sign:
            return f"{found}: {'higher' if sign > 0 else 'lower'}."
        could = (
            f"the smallest we could have seen is {self.smallest:.{places}f}{self.metric.unit}"
            if math.isfinite(self.smallest)
            else "so few pairs can show none"
        )
        return f"{found}: no difference we can see at n={self.n}; {could}."


def compare(
    runs: Runs,
    cell: Filled,
    other: Filled,
    metric: Metric,
    comparisons: int = 1,
    *,
    allow_mixed: bool = False,
) -> Compared:
    """Compare two cells on the seeds that both have."""
    mine, theirs = _by_seed(cell), _by_seed(other)
    common = sorted(mine.keys() & theirs.keys())
    ours, others = [mine[seed] for seed in common], [theirs[seed] for seed in common]
    a, b = values(runs, ours, metric), values(runs, others, metric)
    by_seed = {seed: x - y for seed, x, y in zip(common, a, b, strict=True) if math.isfinite(x - y)}
    problem = _problem(cell, other, len(by_seed), allow_mixed=allow_mixed)
    if not problem and len(by_seed) < len(common):
        # Those without are no accident: a threshold that was never reached, say.
        has = f"{len(by_seed)} of {len(common)}"
        problem = f"only {has} pairs have a number for “{metric.words}”"
    name = examples_of(metric)
    examples = None
    if name is not None and len(by_seed) == len(common) > 1:
        examples = _examples(runs, ours, others, name)
    return Compared(
        cell=cell.cell.name,
        other=other.cell.name,
        metric=metric,
        by_seed=by_seed,
        examples=examples,
        comparisons=comparisons,
        problem=problem,
        notes="; ".join(
            f"{one.cell.name}: {', '.join(one.notes)}" for one in (cell, other) if one.notes
        ),
    )


def _problem(cell: Filled, other: Filled, n: int, *, allow_mixed: bool) -> str:
    for one in (cell, other):
        if one.refused:
            return f"{one.cell.name} is refused, it mixes {'; '.join(one.mixes)}"
        if not one.runs:
            return f"{one.cell.name} has no finished run"
    made = mixed([_plain(run) for run in (*cell.runs, *other.runs)])
    if made and not allow_mixed:
        return f"the two were made with different {'; '.join(made)}"
    if n < 2:  # noqa: PLR2004 - no spread of one
        return f"{n} pair of equal seeds, and one shows nothing" if n else "no seeds in common"
    return ""


def _plain(run: Run) -> Run:
    """Give a run without its settings, which are meant to differ between cells."""
    return Run(run.run_id, run.name, run.experiment, run.status, run.start_ms, {}, {}, run.tags)


def _examples(
    runs: Runs, ours: Sequence[Run], theirs: Sequence[Run], name: str
) -> NDArray[np.int8] | None:
    tables = []
    for side in (ours, theirs):
        bits = [one for one in runs.correct(side, name) if one is not None]
        if len(bits) < len(side) or len({len(one) for one in bits}) != 1:
            return None
        tables.append(np.stack(bits).astype(np.int8))
    if tables[0].shape != tables[1].shape:
        return None
    return np.subtract(tables[0], tables[1])


def _by_seed(cell: Filled) -> dict[int, Run]:
    return {seed: run for run in cell.runs if (seed := seed_of(run)) is not None}


def _p(p: float) -> str:
    return f"{p:.2g}" if p >= 0.001 else "<0.001"  # noqa: PLR2004 - the last that is spelt out
