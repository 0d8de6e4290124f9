"""Hydra sweeps that survive: plan, identify, stack, execute on joblib, deliver to MLflow."""

from sweeps.run import Interrupted, Run, current_run
from sweeps.task import Column, Direction, InputError, Stack, Task, task

__all__ = [
    "Column",
    "Direction",
    "InputError",
    "Interrupted",
    "Run",
    "Stack",
    "Task",
    "current_run",
    "task",
]
