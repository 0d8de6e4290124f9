"""Training the grid with one of the modules beside this one, in a process for each core.

    python benchmarks/peers/on_cores.py scikit_learn

A module offers train(settings, epochs), which returns a Run for each. Only the processes import it,
and MLflow comes into this one while they train, so that no import keeps anybody waiting.
"""

import argparse
from collections.abc import Callable, Iterable
from importlib import import_module

from joblib import Parallel, delayed, parallel_config
from work import ACTIVATIONS, GRID, Run, Setting

MODULES = ("jax_stack", "pytorch_stack", "scikit_learn", "scikit_learn_fit")
STACKED = ("jax_stack", "pytorch_stack")


def train(module: str, settings: list[Setting], epochs: int) -> list[Run]:
    """Import the module and train."""
    trainer: Callable[[list[Setting], int], list[Run]] = import_module(module).train
    return trainer(settings, epochs)


def jobs(module: str, cores: int) -> list[list[Setting]]:
    """Deal the grid out: a stack for each core, sorted by activation, or one network at a time."""
    if module not in STACKED:
        return [[setting] for setting in GRID]
    return [
        sorted(GRID[core::cores], key=lambda setting: ACTIVATIONS.index(setting.activation))
        for core in range(cores)
    ]


def main() -> None:
    """Train, and record the runs of each job when it has ended."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("module", choices=MODULES)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--cores", type=int, default=2)
    asked = parser.parse_args()
    with parallel_config("loky", n_jobs=asked.cores, inner_max_num_threads=1):
        trained: Iterable[list[Run]] = Parallel(return_as="generator_unordered")(
            delayed(train)(asked.module, settings, asked.epochs)
            for settings in jobs(asked.module, asked.cores)
        )
    from record import record

    for runs in trained:
        for run in runs:
            record(run)


if __name__ == "__main__":
    main()
