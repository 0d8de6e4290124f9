"""When to stop, as a pure rule: which epoch was the best, and how long ago that was."""

from dataclasses import dataclass, replace

from mlp.config import Config

DIRECTIONS = {"validation_loss": "minimize", "validation_accuracy": "maximize"}


@dataclass(frozen=True)
class Best:
    """The best epoch so far (0: none yet), its objective, and the epochs waited since."""

    epoch: int = 0
    objective: float = 0.0
    waited: int = 0


def judge(best: Best, config: Config, epoch: int, objective: float) -> Best:
    """Return the best after `epoch`, whose `objective` was measured.

    An epoch is better if it gains something, and at least `early_stopping.min_delta`.
    """
    sign = 1 if DIRECTIONS[config.objective] == "maximize" else -1
    gain = sign * (objective - best.objective)
    if best.epoch == 0 or (gain > 0 and gain >= config.early_stopping.min_delta):
        return Best(epoch, objective, 0)
    return replace(best, waited=best.waited + 1)


def is_over(best: Best, config: Config) -> bool:
    """Say whether the patience is used up; a patience of None never is."""
    patience = config.early_stopping.patience
    return patience is not None and best.waited >= patience
