"""A paper's claims put to the test: held, fell, or open, with the evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis import pairs
from analysis.cells import Filled
from analysis.claim import (
    AllAtMost,
    Best,
    Claim,
    Comparison,
    Level,
    Untestable,
    WithinMargin,
)
from analysis.comparisons import Compared, compare
from analysis.measures import values
from analysis.numbers import number, span
from analysis.runs import Runs
from analysis.sections import Metric
from analysis.statistics import Interval, over_seeds

HELD, FELL, OPEN, UNTESTED = "held", "fell", "open", "not tested"


@dataclass(frozen=True)
class Verdict:
    """What became of a claim."""

    claim: Claim
    verdict: str
    evidence: tuple[str, ...]


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
        return _level(claim, runs, cells, metric)
    return _pairwise(claim, runs, cells, metric, allow_mixed=allow_mixed)


def _pairwise(
    claim: Comparison | Best | WithinMargin,
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
    if isinstance(claim, WithinMargin):
        return _within(claim, found, evidence)
    signs = [one.sign(p) for one, p in zip(found, ps, strict=True)]
    wanted = 1 if claim.kind == "higher" else -1
    if isinstance(claim, Best):
        wanted = -1 if metric.better == "lower" else 1
    if all(sign == wanted for sign in signs):
        return Verdict(claim, HELD, evidence)
    return Verdict(claim, FELL if -wanted in signs else OPEN, evidence)


def _within(
    claim: WithinMargin,
    found: Sequence[Compared],
    evidence: tuple[str, ...],
) -> Verdict:
    """One-sided tests against the margin, by intervals over seeds and over seeds and examples.

    Held if the 90% interval of every difference lies within the margin: all have to, so none needs
    a correction. Fell if one lies beyond it with an interval as wide as their number asks for
    (Bonferroni's): any of them would do.
    """
    outcome, spans = HELD, []
    for one in found:
        inner = _ends(one, 1 - 2 * pairs.LEVEL)
        outer = _ends(one, 1 - 2 * pairs.LEVEL / len(found))
        if claim.kind == "not_worse":
            # Only its bad side counts.
            inner, outer = _goodness(one, inner), _goodness(one, outer)
            within, beyond = inner.low > -claim.margin, outer.high < -claim.margin
        else:
            within = -claim.margin < inner.low <= inner.high < claim.margin
            beyond = outer.low > claim.margin or outer.high < -claim.margin
        if beyond:
            outcome = FELL
        elif not within and outcome == HELD:
            outcome = OPEN
        spans.append(span(_ends(one, 1 - 2 * pairs.LEVEL), one.metric.places))
    margin = f"Our margin is {claim.margin:g}{found[0].metric.unit}; 90%: {', '.join(spans)}."
    return Verdict(claim, outcome, (*evidence, margin))


def _ends(one: Compared, confidence: float) -> Interval:
    """Give the wider of its intervals, end by end."""
    found = [interval.at(confidence) for interval in (one.seeds, one.both) if interval]
    low, high = min(end.low for end in found), max(end.high for end in found)
    return replace(one.seeds, low=low, high=high)


def _goodness(one: Compared, ends: Interval) -> Interval:
    """Turn an interval of a metric that should be low, so that more is better."""
    if one.metric.better != "lower":
        return ends
    return replace(ends, low=-ends.high, high=-ends.low)


def _level(claim: Level, runs: Runs, cells: Mapping[str, Filled], metric: Metric) -> Verdict:
    """Held if every cell's 95% interval over seeds lies on the claim's side of the number.

    Fell if one lies on the other side, with an interval as wide as their number asks for.
    """
    outcome, evidence = HELD, []
    for name in claim.cells:
        filled = cells[name]
        interval = over_seeds([v for v in values(runs, filled.runs, metric) if math.isfinite(v)])
        places = metric.places
        n = f"n={'; '.join([str(interval.n), *filled.notes])}"
        if not math.isfinite(interval.low):
            return Verdict(claim, UNTESTED, (f"{name}: {n}.",))
        mean = f"{name}, {metric.words}: {number(interval.mean, places)}"
        evidence.append(f"{mean} (95% {span(interval, places)} over seeds; {n}).")
        strict = interval.at(1 - pairs.LEVEL / len(claim.cells))
        if claim.kind == "at_least":
            within, beyond = interval.low >= claim.value, strict.high < claim.value
        else:
            within, beyond = interval.high <= claim.value, strict.low > claim.value
        if beyond:
            outcome = FELL
        elif not within and outcome == HELD:
            outcome = OPEN
    return Verdict(claim, outcome, tuple(evidence))
