"""scikit-learn, with live curves, checkpoints and inputs: a script that uses the run handle.

    python examples/scikit_learn.py -m hydra/launcher=sweepstack hydra/sweeper=sweepstack \
        alpha=0.0001,0.01 seed=0,1

Interrupt it and give the same command again: it goes on from the last epoch that was saved. By
itself, without the launcher, the script runs as before: the handle then does nothing.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hydra
import numpy as np
from hydra.core.config_store import ConfigStore
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

import sweeps


@dataclass
class Config:
    """A linear classifier of the 8x8 digits, trained by stochastic gradient descent."""

    alpha: float = 0.0001
    epochs: int = 10
    seed: int = 0


ConfigStore.instance().store("config", Config)


def digits(_: Mapping[str, Any]) -> Mapping[str, str]:
    """Name the data by its bytes: runs on equal data are reused, on other data they are not."""
    return {"digits": hashlib.sha256(load_digits().data.tobytes()).hexdigest()}


@hydra.main(config_path=None, config_name="config", version_base="1.3")
@sweeps.task(
    inputs=digits,
    direction=lambda _: "maximize",
    value=lambda _: "validation_accuracy",
    steps=lambda config: int(config["epochs"]),
)
def main(config: Config) -> float:
    """Train it; gives the validation accuracy after the last epoch."""
    images, labels = load_digits(return_X_y=True)
    train_x, validation_x, train_y, validation_y = train_test_split(
        images, labels, random_state=config.seed
    )
    run = sweeps.current_run()
    model = SGDClassifier(alpha=config.alpha)
    state = run.restore()
    if state is not None:
        model.classes_, model.t_ = state["classes"], state["updates"]
        model.coef_, model.intercept_ = state["coef"], state["intercept"]
        model.n_features_in_ = model.coef_.shape[1]
    accuracy = 0.0
    for epoch in range(state["epoch"] + 1 if state else 1, config.epochs + 1):
        # The order of each epoch is a function of the epoch, so that a resumed run has the same.
        order = np.random.default_rng([config.seed, epoch]).permutation(len(train_x))
        model.set_params(random_state=epoch, shuffle=False)
        model.partial_fit(train_x[order], train_y[order], classes=np.unique(labels))
        accuracy = float(model.score(validation_x, validation_y))
        run.log(epoch, {"validation_accuracy": accuracy})
        run.checkpoint(
            {
                "epoch": epoch,
                "updates": model.t_,
                "classes": model.classes_,
                "coef": model.coef_,
                "intercept": model.intercept_,
                "accuracy": accuracy,
            }
        )
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder, "weights.npz")
        np.savez(weights, coef=model.coef_, intercept=model.intercept_)
        run.artifact(weights)
    return accuracy


if __name__ == "__main__":
    main()
