"""Every kind of momentum against torch.optim.SGD, alone and side by side."""

import numpy as np
import pytest

from mlp import optimizer as optimizer_module
from mlp.config import MOMENTUM_KINDS, Config, Momentum
from mlp.optimizer import Optimizer

STEPS = 6
RATE, COEFFICIENT, L2 = 0.1, 0.8, 0.03


def config(kind: str, **settings: object) -> Config:
    momentum = Momentum(kind, COEFFICIENT)
    return Config(learning_rate=RATE, momentum=momentum, **settings)  # type: ignore[arg-type]


def updated(kinds: list[str], l2: float) -> list[np.ndarray]:
    """Return weight (K, 2, 3) and bias (K, 2, 1) after some steps of a stack of `kinds`."""
    random = np.random.default_rng(0)
    parameters = [np.repeat(random.normal(size=shape), len(kinds), 0) for shape in shapes()]
    velocities = [np.zeros_like(array) for array in parameters]
    optimizer = Optimizer([config(kind, l2=l2) for kind in kinds], parameters, velocities)
    for epoch in range(1, STEPS + 1):
        optimizer.start(epoch)
        # A batch of one example: its mean and its sum are the same.
        scale = optimizer.scale(1)
        optimizer.step([scale * random.normal(size=shape) for shape in shapes()])
    return parameters


def shapes() -> list[tuple[int, int, int]]:
    return [(1, 2, 3), (1, 2, 1)]


@pytest.mark.parametrize("l2", [0.0, L2])
@pytest.mark.parametrize("kind", MOMENTUM_KINDS)
def test_the_update_is_pytorchs(kind: str, l2: float) -> None:
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    weight, bias = (torch.tensor(random.normal(size=shape)) for shape in shapes())
    # PyTorch's dampening damps all but the first gradient, so damped is classical at a rate of
    # (1 - g) a: the equivalence that the documentation states.
    optimizer = torch.optim.SGD(
        [{"params": [weight], "weight_decay": l2}, {"params": [bias]}],
        lr=RATE * (1 - COEFFICIENT) if kind == "damped" else RATE,
        momentum=0 if kind == "none" else COEFFICIENT,
        nesterov=kind == "nesterov",
    )
    for _ in range(STEPS):
        weight.grad, bias.grad = (torch.tensor(random.normal(size=shape)) for shape in shapes())
        optimizer.step()
    found = updated([kind], l2)
    np.testing.assert_allclose(found[0], weight.numpy(), rtol=1e-12)
    np.testing.assert_allclose(found[1], bias.numpy(), rtol=1e-12)


def test_unlike_members_do_not_disturb_each_other() -> None:
    together = updated(list(MOMENTUM_KINDS), L2)
    for member, kind in enumerate(MOMENTUM_KINDS):
        for stacked, alone in zip(together, updated([kind], L2), strict=True):
            np.testing.assert_array_equal(stacked[member], alone[0])


def test_the_schedule_sets_the_rate_of_each_epoch() -> None:
    weight, bias = np.zeros((1, 1, 1)), np.zeros((1, 1, 1))
    settings = config("none", schedule="step", step_epochs=1, step_factor=0.5)
    optimizer = Optimizer([settings], [weight, bias], [weight.copy(), bias.copy()])
    seen = []
    for epoch in (1, 2, 3):
        optimizer.start(epoch)
        before = weight.item()
        optimizer.step([optimizer.scale(1) * 1.0, np.zeros_like(bias)])
        seen.append(before - weight.item())
    assert seen == pytest.approx([0.1, 0.05, 0.025])


def test_a_mean_is_a_sum_over_the_examples_by_their_number() -> None:
    parameters = [np.zeros((2, 1, 1)), np.zeros((2, 1, 1))]
    configs = [config("classical", gradient="mean"), config("damped", gradient="sum")]
    optimizer = Optimizer(configs, parameters, [array.copy() for array in parameters])
    optimizer.start(1)
    np.testing.assert_allclose(optimizer.scale(5).ravel(), [RATE / 5, RATE * (1 - COEFFICIENT)])


def test_members_are_updated_alike_in_whatever_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = [*MOMENTUM_KINDS, *MOMENTUM_KINDS, "damped", "damped"]
    whole = updated(kinds, L2)
    monkeypatch.setattr(optimizer_module, "_BLOCK_BYTES", 1)
    for one, other in zip(whole, updated(kinds, L2), strict=True):
        np.testing.assert_array_equal(one, other)
