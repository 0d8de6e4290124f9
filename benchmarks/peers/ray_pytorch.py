"""PyTorch under Ray Tune: the grid in actors of one CPU each, which are used again."""

import logging
from pathlib import Path
from typing import Any

import ray
from pytorch_training import train
from ray import tune
from record import record
from work import ACTIVATIONS, L2, LEARNING_RATES, Setting, asked


def trial(chosen: dict[str, Any]) -> dict[str, float]:
    """Train and record one network; return what Tune compares."""
    epochs = chosen.pop("epochs")
    run = train(Setting(**chosen), epochs)
    record(run)
    return {"validation_loss": run.curve[-1][2]}


def main() -> None:
    """Tune over the grid."""
    epochs, cores = asked()
    ray.init(num_cpus=cores, include_dashboard=False, logging_level=logging.ERROR)
    tune.Tuner(
        tune.with_resources(trial, {"cpu": 1}),
        param_space={
            "activation": tune.grid_search(list(ACTIVATIONS)),
            "learning_rate": tune.grid_search(list(LEARNING_RATES)),
            "l2": tune.grid_search(list(L2)),
            "epochs": epochs,
        },
        tune_config=tune.TuneConfig(reuse_actors=True),
        run_config=tune.RunConfig(storage_path=str(Path.cwd()), verbose=0),
    ).fit()


if __name__ == "__main__":
    main()
