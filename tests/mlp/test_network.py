"""Whole networks, trained as PyTorch and scikit-learn train the same ones, and picked apart."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

from mlp.batches import epoch_order
from mlp.config import Config, Data, Momentum, Seeds
from mlp.datasets import Dataset
from mlp.network import Network
from mlp.split import split
from mlp.trainer import Training

ACTIVATIONS = {
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
}


@pytest.mark.parametrize("gradient", ["mean", "sum"])
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("activation", [*ACTIVATIONS, "gelu"])
def test_an_epoch_is_pytorchs(
    activation: str, precision: str, gradient: str, made: Callable[..., Dataset]
) -> None:
    torch = pytest.importorskip("torch")
    dataset = made(230, 12, 4)
    config = Config(
        activation=activation,
        hidden_units=[9, 7],
        learning_rate=0.2 if gradient == "mean" else 0.2 / 32,
        l2=0.01,
        batch_size=32,
        epochs=2,
        precision=precision,
        gradient=gradient,
        momentum=Momentum("nesterov", 0.7),
        data=Data(validation=0.2),
        seeds=Seeds(1, 2, 3),
    )
    training = Training([config], dataset)
    state = training.state(0)

    layers = []
    for layer in (1, 2, 3):
        weight = np.asarray(state[f"weight_{layer}"])
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
        linear.weight.data = torch.tensor(weight)
        linear.bias.data = torch.zeros(weight.shape[0], dtype=linear.weight.dtype)
        layers.append(linear)
        if layer < 3:
            layers.append(
                torch.nn.GELU("tanh")
                if activation == "gelu"
                else getattr(torch.nn, ACTIVATIONS[activation])()
            )
    model = torch.nn.Sequential(*layers)
    optimizer = torch.optim.SGD(
        [
            {
                "params": [p for p in model.parameters() if p.ndim == 2],
                "weight_decay": 0.01,
            },
            {"params": [p for p in model.parameters() if p.ndim == 1]},
        ],
        lr=config.learning_rate,
        momentum=0.7,
        nesterov=True,
    )
    # A sum at rate a with l2 is PyTorch's sum at a with weight decay l2.
    criterion = torch.nn.CrossEntropyLoss(reduction=gradient)
    images = torch.tensor(dataset.train_images.astype(precision) / 255)
    labels = torch.tensor(dataset.train_labels.astype(np.int64))
    parts = split(230, 0.2, 1)

    for epoch, (report,) in enumerate(training.epochs(), start=1):
        order = epoch_order(parts.training, 3, epoch)
        total, correct = 0.0, 0
        for start in range(0, len(order), 32):
            rows = order[start : start + 32]
            optimizer.zero_grad()
            logits = model(images[rows])
            loss = criterion(logits, labels[rows])
            loss.backward()
            optimizer.step()
            total += loss.item() * (len(rows) if gradient == "mean" else 1)
            correct += int((logits.argmax(1) == labels[rows]).sum())
        with torch.no_grad():
            validation = torch.nn.functional.cross_entropy(
                model(images[parts.validation]), labels[parts.validation]
            ).item()
        tolerance = 2e-5 if precision == "float32" else 1e-10
        assert report.train_loss == pytest.approx(total / len(order), rel=tolerance)
        assert report.validation_loss == pytest.approx(validation, rel=tolerance)
        assert report.train_accuracy == correct / len(order)
    assert report.epoch == 2


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(
    ("activation", "theirs"), [("tanh", "tanh"), ("sigmoid", "logistic"), ("relu", "relu")]
)
@pytest.mark.parametrize("kind", ["classical", "none"])
def test_an_epoch_is_scikit_learns(
    activation: str, theirs: str, precision: str, kind: str, made: Callable[..., Dataset]
) -> None:
    """Also where PyTorch is not installed: same weights, same batches, same losses."""
    dataset = made(230, 12, 4)
    config = Config(
        activation=activation,
        hidden_units=[9, 7],
        learning_rate=0.2,
        batch_size=32,
        epochs=2,
        precision=precision,
        momentum=Momentum(kind, 0.7 if kind == "classical" else 0.0),
        data=Data(validation=0.2),
        seeds=Seeds(1, 2, 3),
    )
    training = Training([config], dataset)
    state = training.state(0)
    images = dataset.train_images.astype(precision) / np.dtype(precision).type(255)
    labels = dataset.train_labels
    model = MLPClassifier(
        (9, 7),
        activation=theirs,
        solver="sgd",
        alpha=0.0,
        batch_size=32,
        learning_rate_init=0.2,
        momentum=config.momentum.coefficient,
        nesterovs_momentum=False,
        shuffle=False,
    )
    # It draws weights and takes a step at its first call: both are undone.
    model.partial_fit(images[:32], labels[:32], classes=range(4))
    for layer, (weight, bias) in enumerate(zip(model.coefs_, model.intercepts_, strict=True), 1):
        weight[...] = np.asarray(state[f"weight_{layer}"]).T
        bias[...] = 0
    for velocity in model._optimizer.velocities:
        velocity[...] = 0
    parts = split(230, 0.2, 1)

    for epoch, (report,) in enumerate(training.epochs(), start=1):
        order = epoch_order(parts.training, 3, epoch)
        total = 0.0
        for start in range(0, len(order), 32):
            rows = order[start : start + 32]
            model.batch_size = len(rows)
            model.partial_fit(images[rows], labels[rows])
            total += model.loss_ * len(rows)
        validation = log_loss(
            labels[parts.validation], model.predict_proba(images[parts.validation]), labels=range(4)
        )
        tolerance = 2e-5 if precision == "float32" else 1e-10
        assert report.train_loss == pytest.approx(total / len(order), rel=tolerance)
        assert report.validation_loss == pytest.approx(validation, rel=tolerance)
    assert report.epoch == 2


def test_a_part_of_a_stack_computes_what_it_did() -> None:
    members = [(name, "glorot", seed) for seed, name in enumerate(("relu", "relu", "tanh"))]
    network = Network.initial([5, 4, 3], members, "float64")
    x = np.random.default_rng(0).normal(size=(1, 5, 7))
    whole = network.forward(x).copy()
    part = network.only([0, 2])
    assert part.activations == ("relu", "tanh")
    np.testing.assert_array_equal(part.forward(x), whole[[0, 2]])


def test_no_hidden_layer_is_multinomial_regression() -> None:
    network = Network.initial([5, 3], [("tanh", "lecun", 0)], "float64")
    x = np.random.default_rng(0).normal(size=(1, 5, 2))
    np.testing.assert_allclose(network.forward(x)[0], network.parameters[0][0] @ x[0])
