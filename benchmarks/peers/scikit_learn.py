"""Scikit-learn's MLPClassifier, epoch by epoch.

It tells no accuracy while it trains, and its loss includes the L2 term: so the training images are
evaluated too, after each epoch, and that takes its time.
"""

import numpy as np
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from work import BATCH, CLASSES, HIDDEN, MOMENTUM, Curve, Part, Run, Setting, parts


def classifier(setting: Setting, epochs: int) -> MLPClassifier:
    """Make one for a setting; a loss that stands still doesn't end it."""
    activation = {"sigmoid": "logistic"}.get(setting.activation, setting.activation)
    return MLPClassifier(
        (HIDDEN,),
        activation=activation,
        solver="sgd",
        learning_rate_init=setting.learning_rate,
        momentum=MOMENTUM,
        nesterovs_momentum=False,
        alpha=BATCH * setting.l2,
        batch_size=BATCH,
        max_iter=epochs,
        n_iter_no_change=epochs + 1,
        random_state=0,
    )


def means(network: MLPClassifier, part: Part) -> tuple[float, float]:
    """Return loss and accuracy."""
    probabilities = network.predict_proba(part.images)
    accuracy = np.mean(probabilities.argmax(axis=1) == part.labels)
    return log_loss(part.labels, probabilities, labels=range(CLASSES)), float(accuracy)


def train(settings: list[Setting], epochs: int) -> list[Run]:
    """Train one network after the other, epoch by epoch."""
    training, validation, test = parts()
    runs = []
    for setting in settings:
        network = classifier(setting, epochs)
        curve: Curve = []
        for _ in range(epochs):
            network.partial_fit(*training, classes=range(CLASSES))
            curve.append((*means(network, training), *means(network, validation)))
        runs.append(Run(setting, curve, float(network.score(*test))))
    return runs
