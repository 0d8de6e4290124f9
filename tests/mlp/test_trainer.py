"""Training in stacks: same bits as alone, resumable, with every ending."""

import itertools
import math
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import products
from mlp.arrays import Floats
from mlp.config import (
    ACTIVATIONS,
    INITIALIZATIONS,
    MOMENTUM_KINDS,
    SCHEDULES,
    Config,
    Data,
    EarlyStopping,
    Momentum,
    Seeds,
)
from mlp.datasets import Dataset
from mlp.trainer import Ending, Report, Training

BASE = Config(hidden_units=[8], batch_size=16, epochs=4, data=Data(validation=0.25))

members = st.builds(
    replace,
    st.just(BASE),
    activation=st.sampled_from(ACTIVATIONS),
    learning_rate=st.sampled_from([0.01, 0.1, 1.0, 1e30]),
    l2=st.sampled_from([0.0, 0.01]),
    epochs=st.integers(1, 5),
    momentum=st.builds(Momentum, st.sampled_from(MOMENTUM_KINDS), st.sampled_from([0.0, 0.9])),
    schedule=st.sampled_from(SCHEDULES),
    warmup_epochs=st.integers(0, 2),
    early_stopping=st.builds(EarlyStopping, st.none() | st.integers(1, 2)),
    initialization=st.sampled_from(INITIALIZATIONS),
    gradient=st.sampled_from(["mean", "sum"]),
    objective=st.sampled_from(["validation_loss", "validation_accuracy"]),
    seeds=st.builds(Seeds, initialization=st.integers(0, 3)),
)


def trained(configs: Sequence[Config], dataset: Dataset) -> tuple[list[list[Report]], Training]:
    """Return each member's reports, as if it were member 0, and the ended training."""
    training = Training(configs, dataset)
    curves: list[list[Report]] = [[] for _ in configs]
    for reports in training.epochs():
        for report in reports:
            curves[report.member].append(replace(report, member=0))
    return curves, training


def assert_same(one: Training, member: int, other: Training) -> None:
    """Hold every number to its bits, signs of zero included; a nan only to being a nan.

    A diverged member's nan has no value, and the sign that the processor gives it depends on
    whether its place in the array is reached by a vector instruction or a scalar one.
    """
    ours, theirs = one.state(member), other.state(0)
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        mine, its = np.asarray(value), np.asarray(theirs[key])
        np.testing.assert_array_equal(np.isnan(mine), np.isnan(its), key)
        assert mine[~np.isnan(mine)].tobytes() == its[~np.isnan(its)].tobytes(), key


@settings(max_examples=100, deadline=None)
@given(
    configs=st.lists(members, min_size=1, max_size=7),
    batch_size=st.sampled_from([1, 7, 11, 16, 44, 45, 64]),
    hidden_units=st.sampled_from([[3], [16], [20, 5]]),
    precision=st.sampled_from(["float32", "float64"]),
)
def test_a_member_has_the_bits_that_it_would_have_alone(
    made: Callable[..., Dataset],
    configs: list[Config],
    batch_size: int,
    hidden_units: list[int],
    precision: str,
) -> None:
    """45 training examples: the last batch has 1 for batches of 11 and 44."""
    dataset = made(60)
    configs = [
        replace(c, batch_size=batch_size, hidden_units=hidden_units, precision=precision)
        for c in configs
    ]
    curves, together = trained(configs, dataset)
    for member, config in enumerate(configs):
        (alone,), training = trained([config], dataset)
        assert repr(curves[member]) == repr(alone)
        assert_same(together, member, training)
    tested = [m for m, curve in enumerate(curves) if math.isfinite(curve[0].validation_loss)]
    for member, result in zip(tested, together.results(tested), strict=True):
        assert repr(result) == repr(trained([configs[member]], dataset)[1].result(0))


@pytest.mark.parametrize("batch_size", [25, 128])
def test_wide_stacks_of_real_shape_have_the_bits_of_solo_runs(
    batch_size: int, made: Callable[..., Dataset]
) -> None:
    dataset = made(900, 784, 10)
    configs = [
        replace(
            BASE,
            hidden_units=[50],
            batch_size=batch_size,
            epochs=1 + seed % 3,
            learning_rate=0.02,
            activation=ACTIVATIONS[seed % 6],
            seeds=Seeds(initialization=seed),
        )
        for seed in range(16)
    ]
    curves, together = trained(configs, dataset)
    for member in (0, 7, 15):
        (alone,), training = trained([configs[member]], dataset)
        assert curves[member] == alone
        assert_same(together, member, training)


@pytest.mark.parametrize("momentum", MOMENTUM_KINDS)
def test_resuming_continues_with_the_same_bits(momentum: str, made: Callable[..., Dataset]) -> None:
    config = replace(BASE, epochs=5, momentum=Momentum(momentum), schedule="cosine")
    (whole,), uncut = trained([config], made())
    cut = Training([config], made())
    for _ in zip(range(2), cut.epochs(), strict=False):
        pass
    resumed = Training([replace(config, activation="relu"), config], made())
    first = Training([replace(config, activation="relu")], made())
    for _ in zip(range(2), first.epochs(), strict=False):
        pass
    resumed.restore(0, first.state(0))
    resumed.restore(1, cut.state(0))
    rest = [reports[1] for reports in resumed.epochs()]
    assert [replace(report, member=0) for report in rest] == whole[2:]
    assert_same(resumed, 1, uncut)


def test_state_is_flat_plain_and_a_copy(made: Callable[..., Dataset]) -> None:
    training = Training([BASE], made())
    for _ in training.epochs():
        state = training.state(0)
        break
    assert all(isinstance(value, np.ndarray | int | float) for value in state.values())
    before = np.asarray(state["weight_1"]).copy()
    for _ in training.epochs():
        pass
    np.testing.assert_array_equal(np.asarray(state["weight_1"]), before)
    assert not np.array_equal(before, np.asarray(training.state(0)["weight_1"]))


def test_a_run_restored_after_its_last_epoch_has_only_its_result_left(
    made: Callable[..., Dataset],
) -> None:
    _, ended = trained([BASE], made())
    training = Training([BASE], made())
    training.restore(0, ended.state(0))
    assert list(training.epochs()) == []
    assert training.result(0).test_loss == ended.result(0).test_loss


def test_checkpoints_that_do_not_fit_are_refused_in_a_sentence(
    made: Callable[..., Dataset],
) -> None:
    training = Training([BASE, BASE], made())
    state = training.state(0)
    with pytest.raises(ValueError, match="weight_1 of this checkpoint is float32"):
        Training([replace(BASE, hidden_units=[9])], made()).restore(0, state)
    with pytest.raises(ValueError, match="has no 'waited'"):
        training.restore(0, {key: state[key] for key in state if key != "waited"})
    training.restore(0, {**state, "epoch": 1})
    with pytest.raises(ValueError, match="at the same epoch"):
        next(training.epochs())


def test_runs_that_read_other_batches_cannot_share_a_stack(
    made: Callable[..., Dataset],
) -> None:
    with pytest.raises(ValueError, match="equal architecture"):
        Training([BASE, replace(BASE, batch_size=17)], made())


def test_a_diverging_member_leaves_and_disturbs_nobody(
    made: Callable[..., Dataset],
) -> None:
    wild = replace(BASE, learning_rate=1e38, activation="relu")
    curves, together = trained([wild, BASE], made())
    assert [report.ended for report in curves[0]] == [Ending.DIVERGED]
    assert not math.isfinite(curves[0][0].validation_loss)
    assert [report.ended for report in curves[1]] == [None, None, None, Ending.FINISHED]
    (alone,), training = trained([BASE], made())
    assert curves[1] == alone
    assert_same(together, 1, training)
    with pytest.raises(ValueError, match="no best weights"):
        together.result(0)


def test_early_stopping_keeps_the_weights_of_the_best_epoch(
    made: Callable[..., Dataset],
) -> None:
    """Labels without a pattern can only be learnt by heart, which validation shows soon."""
    dataset = made()
    noise = np.random.default_rng(0).permutation(dataset.train_labels)
    config = replace(BASE, epochs=300, early_stopping=EarlyStopping(3))
    training = Training([config], replace(dataset, train_labels=noise))
    losses, states = [], []
    for (report,) in training.epochs():
        losses.append(report.validation_loss)
        states.append(training.state(0))
    result = training.result(0)
    assert report.ended is Ending.EARLY_STOPPING
    assert report.epoch == result.best_epoch + 3
    assert result.objective == min(losses) == losses[result.best_epoch - 1]
    best = states[result.best_epoch - 1]
    np.testing.assert_array_equal(result.weights["weight_2"], np.asarray(best["weight_2"]))
    assert not np.array_equal(result.weights["weight_2"], np.asarray(states[-1]["weight_2"]))


def test_a_step_has_few_products_and_the_large_ones_are_of_the_whole_stack(
    made: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = [replace(BASE, hidden_units=[50], batch_size=128) for _ in range(8)]
    training = Training(configs, made(400, 784, 10))
    next(training.epochs())
    with products.one_thread():
        if not products.is_wide(8, 50, 784, 128, np.dtype("float32"), row_major=False):
            pytest.skip("this machine's BLAS kernel rounds the wide product otherwise")
    shapes = []
    matmul = np.matmul

    def counted(left: Floats, right: Floats, out: Floats) -> Floats:
        shapes.append((left.shape, right.shape))
        found: Floats = matmul(left, right, out=out)
        return found

    training._optimizer.start(2)
    monkeypatch.setattr(np, "matmul", counted)
    for inputs, labels in itertools.islice(training._batches.of(training._split.training), 1):
        training._step(inputs, labels)
    # Two of the first layer, three of the output layer, and the sums of two bias gradients.
    assert len(shapes) == 7
    assert [shape for shape in shapes if 784 in shape[0] + shape[1]] == [
        ((400, 784), (784, 128)),
        ((400, 128), (128, 784)),
    ]


def test_nothing_large_is_allocated_in_a_step(made: Callable[..., Dataset]) -> None:
    configs = [
        replace(
            BASE,
            activation=activation,
            hidden_units=[32, 16],
            batch_size=2048,
            l2=0.01,
            momentum=Momentum(kind),
        )
        for activation in ACTIVATIONS
        for kind in MOMENTUM_KINDS
    ]
    training = Training(configs, made(3000, 100, 10))
    next(training.epochs())
    rows = training._split.training
    batches = list(training._batches.of(rows))[:1]
    training._optimizer.start(2)
    training._step(*batches[0])
    tracemalloc.start()
    for inputs, labels in training._batches.of(rows):
        training._step(inputs, labels)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The least that a forgotten `out` would cost is one number for each member and example, 196 kB;
    # NumPy's own iteration over a broadcast operand takes 32 kB or twice that, whatever the sizes.
    assert peak < 100_000


def test_runs_are_repeatable_and_leave_the_global_generator_alone(
    made: Callable[..., Dataset],
) -> None:
    before = repr(np.random.get_state())  # noqa: NPY002 - the one to be left alone
    (one,), first = trained([BASE], made())
    (other,), second = trained([BASE], made())
    assert one == other
    assert_same(first, 0, second)
    assert repr(np.random.get_state()) == before  # noqa: NPY002


@pytest.mark.parametrize("part", ["split", "initialization", "shuffle"])
def test_each_seed_counts(part: str, made: Callable[..., Dataset]) -> None:
    (one,), _ = trained([BASE], made())
    (other,), _ = trained([replace(BASE, seeds=Seeds(**{part: 1}))], made())
    assert one != other


def test_sum_is_mean_at_the_documented_rate_and_l2(
    made: Callable[..., Dataset],
) -> None:
    mean = replace(BASE, batch_size=15, precision="float64", learning_rate=0.3, l2=0.02)
    total = replace(mean, gradient="sum", learning_rate=0.3 / 15, l2=0.02 * 15)
    (one,), _ = trained([mean], made())  # 45 examples: no short batch
    (other,), _ = trained([total], made())
    for ours, theirs in zip(one, other, strict=True):
        assert ours.validation_loss == pytest.approx(theirs.validation_loss, rel=1e-9)
