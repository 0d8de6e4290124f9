"""One run in a stack: what it needs to go on, be judged, and leave."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp.arrays import Floats
from mlp.config import Config
from mlp.early_stopping import Best, is_over, judge

Value = NDArray[Any] | int | float | str | bool | list[Any]
State = dict[str, Value]


class Ending(StrEnum):
    """Why a run trains no further."""

    FINISHED = "finished"
    EARLY_STOPPING = "early stopping"
    DIVERGED = "diverged"


class Member:
    """A run's settings, its best epoch and the weights of then.

    Arrays come as [weight, bias, weight, bias, ...], each (out, in) or (out, 1).
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.epoch = 0
        self.best = Best()
        self.best_parameters: list[Floats] = []
        self.parting: State | None = None

    def judge(self, objective: float, parameters: Sequence[Floats]) -> None:
        """Take in the objective of the epoch, and keep its parameters if it is the best."""
        self.best = judge(self.best, self.config, self.epoch, objective)
        if self.best.epoch != self.epoch:
            return
        if not self.best_parameters:
            self.best_parameters = [np.empty_like(parameter) for parameter in parameters]
        for kept, parameter in zip(self.best_parameters, parameters, strict=True):
            np.copyto(kept, parameter)

    def ending(self) -> Ending | None:
        """Say whether, and why, a run whose numbers are finite ends with this epoch."""
        if is_over(self.best, self.config):
            return Ending.EARLY_STOPPING
        return Ending.FINISHED if self.epoch >= self.config.epochs else None

    def state(self, parameters: Sequence[Floats], velocities: Sequence[Floats]) -> State:
        """Return copies of all that the run needs to go on with the same bits."""
        state: State = {
            "epoch": self.epoch,
            "best_epoch": self.best.epoch,
            "best_objective": self.best.objective,
            "waited": self.best.waited,
        }
        for prefix, arrays in (
            ("", parameters),
            ("velocity_", velocities),
            ("best_", self.best_parameters),
        ):
            for name, array in zip(names(len(arrays)), arrays, strict=True):
                state[prefix + name] = array.copy()
        return state

    def restore(
        self,
        state: Mapping[str, Value],
        parameters: Sequence[Floats],
        velocities: Sequence[Floats],
    ) -> None:
        """Go back to a state, writing into the arrays given.

        Raises:
            ValueError: if the state is not one of a run with these settings.
        """
        self.best_parameters = [np.empty_like(parameter) for parameter in parameters]
        try:
            numbers = Best(
                int(state["best_epoch"]),  # type: ignore[arg-type]
                float(state["best_objective"]),  # type: ignore[arg-type]
                int(state["waited"]),  # type: ignore[arg-type]
            )
            self.epoch = int(state["epoch"])  # type: ignore[arg-type]
            kept = self.best_parameters if numbers.epoch else []
            for prefix, arrays in (("", parameters), ("velocity_", velocities), ("best_", kept)):
                for name, array in zip(names(len(arrays)), arrays, strict=True):
                    _copy(state, prefix + name, array)
        except KeyError as error:
            msg = f"this checkpoint has no {error}: it is not one of this version's trainer"
            raise ValueError(msg) from error
        self.best = numbers
        self.best_parameters = kept


def names(count: int) -> list[str]:
    """Return the names of `count` arrays: weight_1, bias_1, weight_2, bias_2, ..."""
    return [f"{('weight', 'bias')[index % 2]}_{index // 2 + 1}" for index in range(count)]


def _copy(state: Mapping[str, Value], name: str, array: Floats) -> None:
    value = np.asarray(state[name])
    if value.shape != array.shape or value.dtype != array.dtype:
        msg = (
            f"{name} of this checkpoint is {value.dtype} {value.shape}, but the run has"
            f" {array.dtype} {array.shape}: it is a checkpoint of other settings"
        )
        raise ValueError(msg)
    np.copyto(array, value)
