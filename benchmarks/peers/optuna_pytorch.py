"""PyTorch in an Optuna study, in processes that share the study's journal.

The settings are queued: of a GridSampler, two processes may get the last one both.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import optuna
from joblib import Parallel, delayed
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from work import ACTIVATIONS, GRID, L2, LEARNING_RATES, Setting, asked

SPACE: dict[str, Sequence[Any]] = {
    "activation": ACTIVATIONS,
    "learning_rate": LEARNING_RATES,
    "l2": L2,
}


def study() -> optuna.Study:
    """Open the study."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        storage=JournalStorage(JournalFileBackend("optuna.log")),
        study_name="benchmark",
        load_if_exists=True,
    )


def search(trials: int, epochs: int) -> None:
    """Take so many trials from the study."""
    from pytorch_training import train
    from record import record

    def objective(trial: optuna.Trial) -> float:
        chosen: dict[str, Any] = {
            name: trial.suggest_categorical(name, values) for name, values in SPACE.items()
        }
        run = train(Setting(**chosen), epochs)
        record(run)
        return run.curve[-1][2]

    study().optimize(objective, n_trials=trials)


def main() -> None:
    """Queue the grid and search on all cores."""
    epochs, cores = asked()
    queue = study()
    for setting in GRID:
        queue.enqueue_trial(asdict(setting))
    Parallel(n_jobs=cores)(delayed(search)(len(GRID[core::cores]), epochs) for core in range(cores))


if __name__ == "__main__":
    main()
