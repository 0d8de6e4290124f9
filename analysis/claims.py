"""A paper's claims put to the test: held, fell, or open, with the evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis import pairs
from analysis.cells import Filled, mixed, seed_of
from analysis.measures import examples_of, values
from analysis.numbers import number, signed, span
from analysis.runs import Run, Runs
from analysis.sections import (
    AllAtMost,
    Best,
    Claim,
    Comparison,
    Level,
    Metric,
    NoDifference,
    Untestable,
)
from analysis.statistics import Interval, over_seeds, over_seeds_and_examples

HELD, FELL, OPEN, UNTESTED = "held", "fell", "open", "not tested"


@dataclass(frozen=True)
class Compared:
    """Two cells on a metric, seed by seed: the first less the second, in the table's unit."""

    cell: str
    other: str
    metric: Metric
    by_seed: Mapping[int, float]
    """The difference of each seed that both have."""
    seeds: Interval
    both: Interval | None
    """Over seeds and test examples; None if what was right is not known."""
    smallest: float
    """What n could have shown."""
    problem: str = ""

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
        found = f"{name} = {mean} ({spans}; n={self.n}, p={_p(p)})"
        sign = self.sign(p)
        if sign:
            return f"{found}: {'higher' if sign > 0 else 'lower'}."
        could = (
            f"the smallest we could have seen is {self.smallest:.{places}f}{self.metric.unit}"
            if math.isfinite(self.smallest)
            else "so few pairs can show none"
        )
        return f"{found}: no difference we can see at n={self.n}; {could}."


@dataclass(frozen=True)
class Verdict:
    """What became of a claim."""

    claim: Claim
    verdict: str
    evidence: tuple[str, ...]


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
    kept = [at for at, (x, y) in enumerate(zip(a, b, strict=True)) if math.isfinite(x - y)]
    by_seed = {common[at]: a[at] - b[at] for at in kept}
    differences = list(by_seed.values())
    both = None
    name = examples_of(metric)
    if name is not None and len(kept) == len(common) > 1:
        both = _over_both(runs, ours, others, name, metric.scale)
    seeds = over_seeds(differences)
    smallest = [
        pairs.detectable(one, len(differences), comparisons) for one in (seeds, both) if one
    ]
    return Compared(
        cell=cell.cell.name,
        other=other.cell.name,
        metric=metric,
        by_seed=by_seed,
        seeds=seeds,
        both=both,
        smallest=max(smallest),
        problem=_problem(cell, other, len(differences), allow_mixed=allow_mixed),
    )


def judge(
    claim: Claim,
    runs: Runs,
    cells: Mapping[str, Filled],
    metrics: Sequence[Metric],
    *,
    allow_mixed: bool = False,
) -> Verdict:
    """Give the verdict on a claim about cells; `cells` are by name."""
    if isinstance(claim, Untestable | AllAtMost):
        note = claim.note if isinstance(claim, Untestable) else "There is no recorded table here."
        return Verdict(claim, UNTESTED, (note,))
    metric = next((one for one in metrics if one.name == claim.metric), metrics[0])
    if isinstance(claim, Level):
        return _level(claim, runs, cells[claim.cell], metric)
    return _pairwise(claim, runs, cells, metric, allow_mixed=allow_mixed)


def _pairwise(
    claim: Comparison | Best | NoDifference,
    runs: Runs,
    cells: Mapping[str, Filled],
    metric: Metric,
    *,
    allow_mixed: bool,
) -> Verdict:
    against = claim.against or [name for name in cells if name != claim.cell]
    found = [
        compare(runs, cells[claim.cell], cells[name], metric, len(against), allow_mixed=allow_mixed)
        for name in against
    ]
    ps = pairs.holm([one.p for one in found])
    evidence = tuple(one.said(p) for one, p in zip(found, ps, strict=True))
    if any(one.problem for one in found):
        return Verdict(claim, UNTESTED, evidence)
    if isinstance(claim, NoDifference):
        return _no_difference(claim, found, ps, evidence)
    signs = [one.sign(p) for one, p in zip(found, ps, strict=True)]
    wanted = 1 if claim.kind == "higher" else -1
    if isinstance(claim, Best):
        wanted = -1 if metric.better == "lower" else 1
    if all(sign == wanted for sign in signs):
        return Verdict(claim, HELD, evidence)
    return Verdict(claim, FELL if -wanted in signs else OPEN, evidence)


def _no_difference(
    claim: NoDifference, found: Sequence[Compared], ps: Sequence[float], evidence: tuple[str, ...]
) -> Verdict:
    """Two one-sided tests: held if the 90% interval of every difference lies within the margin.

    All have to, so none needs a correction. Fell if a difference, corrected for their number, is
    seen and lies beyond the margin with its whole interval.
    """
    outcome = HELD
    for one, p in zip(found, ps, strict=True):
        ends = [one.seeds.at(1 - 2 * pairs.LEVEL)]
        if one.both is not None:
            ends.append(one.both.at(1 - 2 * pairs.LEVEL))
        low, high = min(end.low for end in ends), max(end.high for end in ends)
        if one.sign(p) and (low > claim.margin or high < -claim.margin):
            outcome = FELL
        elif not -claim.margin < low <= high < claim.margin and outcome == HELD:
            outcome = OPEN
    margin = f"Our margin is {claim.margin:g}{found[0].metric.unit}."
    return Verdict(claim, outcome, (*evidence, margin))


def _level(claim: Level, runs: Runs, cell: Filled, metric: Metric) -> Verdict:
    """Held or fell if the 95% interval over seeds lies on one side of the number."""
    interval = over_seeds([v for v in values(runs, cell.runs, metric) if math.isfinite(v)])
    places = metric.places
    if not math.isfinite(interval.low):
        return Verdict(claim, UNTESTED, (f"{cell.cell.name}: {cell.count} runs.",))
    mean = f"{cell.cell.name} = {number(interval.mean, places)}"
    evidence = f"{mean} (95% {span(interval, places)} over seeds; n={interval.n})."
    above, below = interval.low >= claim.value, interval.high <= claim.value
    held, fell = (above, below) if claim.kind == "at_least" else (below, above)
    return Verdict(claim, HELD if held else FELL if fell else OPEN, (evidence,))


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


def _over_both(
    runs: Runs, ours: Sequence[Run], theirs: Sequence[Run], name: str, scale: float
) -> Interval | None:
    tables = []
    for side in (ours, theirs):
        bits = [one for one in runs.correct(side, name) if one is not None]
        if len(bits) < len(side) or len({len(one) for one in bits}) != 1:
            return None
        tables.append(np.stack(bits).astype(np.int8))
    if tables[0].shape != tables[1].shape:
        return None
    return over_seeds_and_examples(tables[0] - tables[1]).scaled(scale)


def _by_seed(cell: Filled) -> dict[int, Run]:
    return {seed: run for run in cell.runs if (seed := seed_of(run)) is not None}


def _p(p: float) -> str:
    return f"{p:.2g}" if p >= 0.001 else "<0.001"  # noqa: PLR2004 - the last that is spelt out
