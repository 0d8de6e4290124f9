"""The learning rate of an epoch: a pure function of the settings and the epoch."""

import math

from mlp.config import Config


def learning_rate(config: Config, epoch: int) -> float:
    """Return the learning rate of `epoch`, counted from 1.

    Warm-up rises linearly: of w epochs, epoch e has e / (w + 1) of the rate, and the schedule
    begins after them. `step` multiplies by `step_factor` every `step_epochs` epochs; `cosine` falls
    along half a wave from the full rate to what one epoch more would bring to zero (Loshchilov
    and Hutter 2017, equation 5, without restarts).
    """
    warmup = config.warmup_epochs
    if epoch <= warmup:
        return config.learning_rate * epoch / (warmup + 1)
    passed = epoch - 1 - warmup
    if config.schedule == "step":
        return config.learning_rate * float(config.step_factor ** (passed // config.step_epochs))
    if config.schedule == "cosine":
        done = passed / (config.epochs - warmup)
        return config.learning_rate * (1 + math.cos(math.pi * done)) / 2
    return config.learning_rate
