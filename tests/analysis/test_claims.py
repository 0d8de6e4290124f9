"""Verdicts on data of which the truth is known."""

from typing import Any

import numpy as np
import pytest

from analysis.cells import Filled, Rules, fill
from analysis.claim import (
    Best,
    Claim,
    Comparison,
    Level,
    Untestable,
    WithinMargin,
)
from analysis.claims import FELL, HELD, OPEN, UNTESTED, Verdict, judge
from analysis.comparisons import compare
from analysis.sections import Cell, Metric

ACCURACY = Metric(name="test_accuracy", percent=True, better="higher")
LOSS = Metric(name="best_validation_loss", better="lower")


def cells(made: Any, rules: Rules | None = None) -> dict[str, Filled]:
    names = dict.fromkeys(run.params["activation"] for run in made.runs)
    return {
        name: fill(
            made.all(),
            Cell(name=name, where={"activation": name}),
            {},
            range(10),
            rules or Rules(),
        )
        for name in names
    }


def verdict(made: Any, claim: Claim, metric: Metric = ACCURACY) -> Verdict:
    return judge(claim, made.all(), cells(made), [metric])


def lower(cell: str, *against: str) -> Comparison:
    return Comparison(id="c", sentence="s", kind="lower", cell=cell, against=list(against))


def test_a_large_difference_holds_or_falls(activations: Any) -> None:
    held = verdict(activations, lower("relu", "tanh", "sigmoid"))
    assert held.verdict == HELD
    assert "lower" in held.evidence[0]
    assert "relu − tanh, test accuracy: −10" in held.evidence[0]
    assert verdict(activations, lower("tanh", "relu")).verdict == FELL


def test_none_that_can_be_seen_stays_open_with_the_smallest_that_could(activations: Any) -> None:
    found = verdict(activations, lower("tanh", "sigmoid"))
    assert found.verdict == OPEN
    assert (
        "no difference we can see at n=10; the smallest we could have seen is" in found.evidence[0]
    )


def test_one_claim_needs_all_its_comparisons(activations: Any) -> None:
    assert verdict(activations, lower("relu", "tanh")).verdict == HELD
    assert verdict(activations, lower("tanh", "relu", "sigmoid")).verdict == FELL
    best = Best(id="b", sentence="s", kind="best", cell="tanh")
    assert verdict(activations, best).verdict == OPEN
    worst = Best(id="b", sentence="s", kind="best", cell="relu")
    assert verdict(activations, worst).verdict == FELL


def test_the_best_loss_is_the_lowest(activations: Any) -> None:
    relu = Best(id="b", sentence="s", kind="best", cell="relu")
    assert verdict(activations, relu, LOSS).verdict == FELL
    tanh = Best(id="b", sentence="s", kind="best", cell="tanh", against=["relu"])
    assert verdict(activations, tanh, LOSS).verdict == HELD


def test_no_difference_needs_the_whole_interval_within_the_margin(activations: Any) -> None:
    def claimed(against: str, margin: float) -> str:
        claim = WithinMargin(
            id="n",
            sentence="s",
            kind="no_difference",
            cell="tanh",
            against=[against],
            margin=margin,
        )
        return verdict(activations, claim).verdict

    assert claimed("sigmoid", 3) == HELD
    assert claimed("sigmoid", 0.05) == OPEN
    assert claimed("relu", 3) == FELL


def test_a_difference_beyond_the_margin_is_corrected_for_the_number_of_comparisons(
    made: Any,
) -> None:
    """Alone it lies beyond the margin; as one of three it could be chance."""
    names = ("one", "same", "alike")
    for seed in range(10):
        made.add({"activation": "base", "seed": seed}, 0.8)
        for name in names:
            off = 0.0132 + 0.004 * (-1) ** seed if name == "one" else 0.001 * (-1) ** seed
            run = made.add({"activation": name, "seed": seed}, 0.8)
            run.metrics["test_accuracy"] = 0.8 + off
    made.memory.correct_of.clear()

    def claimed(*against: str) -> str:
        claim = WithinMargin(
            id="n",
            sentence="s",
            kind="no_difference",
            cell="base",
            against=list(against),
            margin=1.0,
        )
        return verdict(made, claim).verdict

    assert claimed("one") == FELL
    assert claimed(*names) == OPEN


def test_no_worse_looks_at_the_bad_side_alone(activations: Any) -> None:
    def claimed(cell: str, against: str, margin: float, metric: Metric = ACCURACY) -> str:
        claim = WithinMargin(
            id="w", sentence="s", kind="not_worse", cell=cell, against=[against], margin=margin
        )
        return verdict(activations, claim, metric).verdict

    assert claimed("tanh", "relu", 0.5) == HELD
    assert claimed("relu", "tanh", 0.5) == FELL
    assert claimed("tanh", "sigmoid", 3) == HELD
    assert claimed("sigmoid", "tanh", 0.05) == OPEN
    assert claimed("tanh", "relu", 0.01, LOSS) == HELD
    assert claimed("relu", "tanh", 0.01, LOSS) == FELL


def test_what_only_some_runs_have_is_not_compared_by_those(made: Any) -> None:
    for seed in range(10):
        made.add({"activation": "tanh", "seed": seed}, 0.9)
        run = made.add({"activation": "relu", "seed": seed}, 0.5 + seed / 100)
        if seed < 3:
            run.metrics["test_accuracy"] = float("nan")
    found = verdict(made, lower("relu", "tanh"))
    assert found.verdict == UNTESTED
    assert "only 7 of 10 pairs have a number for “test accuracy”" in found.evidence[0]


def test_the_evidence_says_how_many_runs_diverged(made: Any) -> None:
    for seed in range(10):
        made.add({"activation": "tanh", "seed": seed}, 0.9)
        state = "diverged" if seed < 2 else "finished"
        made.add({"activation": "relu", "seed": seed}, 0.5 + seed / 100, state=state)
    found = verdict(made, lower("relu", "tanh"))
    assert "n=8; relu: 2 diverged" in found.evidence[0]
    level = Level(id="l", sentence="s", kind="at_most", cells=["relu"], value=90)
    assert "n=8; 2 diverged" in verdict(made, level).evidence[0]


def test_a_level_of_several_cells_needs_all_of_them(activations: Any) -> None:
    def claimed(*names: str) -> Verdict:
        claim = Level(id="l", sentence="s", kind="at_least", cells=list(names), value=80)
        return verdict(activations, claim)

    assert claimed("tanh", "sigmoid").verdict == HELD
    found = claimed("tanh", "relu")
    assert found.verdict == FELL
    assert len(found.evidence) == 2


def test_a_difference_of_differences_is_one_over_examples_too(activations: Any) -> None:
    found = cells(activations)
    first, base = (
        compare(activations.all(), found[name], found["tanh"], ACCURACY)
        for name in ("relu", "sigmoid")
    )
    shift = first.less(base, 3)
    assert shift.seeds.mean == pytest.approx(first.seeds.mean - base.seeds.mean)
    assert shift.both is not None
    assert shift.both.mean == pytest.approx(shift.seeds.mean)
    assert shift.sign(shift.p) == -1
    assert first.less(first, 3).p == 1


def test_a_level_goes_by_the_interval(activations: Any) -> None:
    def claimed(kind: Any, value: float) -> str:
        claim = Level(id="l", sentence="s", kind=kind, cells=["tanh"], value=value)
        return verdict(activations, claim).verdict

    assert claimed("at_least", 80) == HELD
    assert claimed("at_least", 90) == FELL
    assert claimed("at_most", 90) == HELD
    assert claimed("at_least", 85) == OPEN


def test_what_can_t_be_tested_says_why(made: Any) -> None:
    claim = Untestable(id="u", sentence="s", kind="untestable", note="nothing was said of it")
    found = judge(claim, made.all(), {}, [ACCURACY])
    assert (found.verdict, found.evidence) == (UNTESTED, ("nothing was said of it",))


def test_few_pairs_show_nothing(made: Any) -> None:
    for seed in range(4):
        made.add({"activation": "tanh", "seed": seed}, 0.9)
        made.add({"activation": "relu", "seed": seed}, 0.5 + 0.01 * seed)
    found = verdict(made, lower("relu", "tanh"))
    assert found.verdict == OPEN
    assert "so few pairs can show none" in found.evidence[0]


def test_one_seed_is_not_tested(made: Any) -> None:
    made.add({"activation": "tanh"}, 0.9)
    made.add({"activation": "relu"}, 0.5)
    assert verdict(made, lower("relu", "tanh")).verdict == UNTESTED


@pytest.mark.parametrize("tag", ["sweeps.code", "input.made", "version.blas"])
def test_cells_that_were_made_otherwise_are_not_compared(made: Any, tag: str) -> None:
    for seed in range(10):
        made.add({"activation": "tanh", "seed": seed}, 0.9)
        made.add({"activation": "relu", "seed": seed}, 0.5 + seed / 100, tags={tag: "other"})
    found = verdict(made, lower("relu", "tanh"))
    assert found.verdict == UNTESTED
    assert "made with different" in found.evidence[0]
    told = judge(lower("relu", "tanh"), made.all(), cells(made), [ACCURACY], allow_mixed=True)
    assert told.verdict == HELD


def test_a_difference_on_few_examples_is_none_of_the_method(made: Any) -> None:
    """Every seed is better on the same three of 400 examples: for others nothing follows."""
    rng = np.random.default_rng(0)
    for seed in range(10):
        for name in ("tanh", "relu"):
            run = made.add({"activation": name, "seed": seed}, 0.8)
            bits = np.arange(400) < 320
            bits[390:393] = name == "tanh"
            bits[rng.integers(0, 320)] = False
            made.memory.correct_of[run.run_id] = bits
            run.metrics["test_accuracy"] = float(bits.mean())
    found = cells(made)
    one = compare(made.all(), found["tanh"], found["relu"], ACCURACY)
    assert one.of_seeds < 0.05
    assert one.both is not None
    assert one.p > 0.05
    assert verdict(made, lower("relu", "tanh")).verdict == OPEN


def test_pairs_are_those_of_equal_seeds(made: Any) -> None:
    """Seeds differ more than settings do: only pairing shows it."""
    for seed in range(10):
        shared = 0.6 + 0.03 * seed
        made.add({"activation": "tanh", "seed": seed}, shared + 0.01 + 0.0025 * (seed % 2))
        made.add({"activation": "relu", "seed": 9 - seed}, 0.6 + 0.03 * (9 - seed))
    made.memory.correct_of.clear()
    assert verdict(made, lower("relu", "tanh")).verdict == HELD
