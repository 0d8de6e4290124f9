"""`python -m mlp.run`: train one network, or sweep over many. See --help.

The composition root: in `mlp` it alone knows Hydra and the orchestrator, and it is all that joins
the trainer to them.
"""

import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf

import sweeps
from mlp.check import check
from mlp.compose import CONF, folders
from mlp.config import faults, from_settings
from sweeps import head_start

Settings = Mapping[str, Any]

# What of a configuration doesn't decide a run's numbers: the sweep around it, where runs are kept,
# what the report makes of them, and from where the data's bytes come (they are checked).
NOT_COUNTED = ("sweep", "tracking", "report", "data.source", "data.path", "data.test_path")

ONE_SEED = (
    "One seed: differences under about a point of accuracy are noise. Add seed=0,1,2,3,4 to see how"
    " sure they are."
)


def _faults(settings: Settings) -> Sequence[str]:
    return faults(from_settings(settings))


def _inputs(settings: Settings) -> Mapping[str, str]:
    from mlp.datasets import DatasetError, digest

    data = from_settings(settings).data
    try:
        return {data.name: digest(data)}
    except DatasetError as error:
        raise sweeps.InputError(str(error)) from error


def _prepare(settings: Settings) -> None:
    from mlp.datasets import DatasetError, load

    try:
        load(from_settings(settings).data)
    except DatasetError as error:
        raise sweeps.InputError(str(error)) from error


def _stack_key(settings: Settings) -> str:
    from mlp.stack import stack_key

    return repr(stack_key(from_settings(settings)))


def _cost(settings: Settings) -> float:
    """Multiplications per image and epoch, as far as they are known before the data is read."""
    config = from_settings(settings)
    widths = [784, *config.hidden_units, 10]
    products = sum(a * b for a, b in pairwise(widths))
    return float(products * config.epochs * (config.data.limit or 60_000))


def _memory(settings: Settings) -> float:
    from mlp.size import training_memory

    return training_memory(from_settings(settings))


def _direction(settings: Settings) -> sweeps.Direction:
    return "maximize" if settings["objective"] == "validation_accuracy" else "minimize"


def _value(settings: Settings) -> str:
    return str(settings["objective"])


def _steps(settings: Settings) -> int:
    return int(settings["epochs"])


@hydra.main(config_path=str(CONF), config_name="config", version_base="1.3")
@sweeps.task(
    inputs=_inputs,
    prepare=_prepare,
    excluded=NOT_COUNTED,
    faults=_faults,
    direction=_direction,
    value=_value,
    columns=(
        sweeps.Column("best_epoch"),
        sweeps.Column("test_accuracy", percent=True),
        sweeps.Column("test_loss"),
    ),
    short={"learning_rate": "lr", "batch_size": "batch"},
    steps=_steps,
    one_seed=ONE_SEED,
    stack=sweeps.Stack(key=_stack_key, cost=_cost, memory=_memory, run="mlp.task:train"),
)
def main(config: DictConfig) -> float | None:
    """Train the one network that `config` describes: what a launcher of Hydra's own calls."""
    from mlp.task import train

    settings = {str(key): config[key] for key in config}
    for key, value in settings.items():
        if OmegaConf.is_config(value):
            settings[key] = OmegaConf.to_container(value, resolve=True)
    (value,) = train([settings], [sweeps.current_run()])
    return value


def command() -> None:
    """Answer --help, refuse what can't be, and hand all else to Hydra."""
    arguments = sys.argv[1:]
    if {"--help", "-h"} & set(arguments):
        from mlp.usage import usage

        print(usage(folders()))
        return
    if {"-m", "--multirun"} & set(arguments) and "--cfg" in arguments:
        sys.exit("--cfg shows one run's settings and can't go with -m: leave out one of them.")
    overrides = [one for one in arguments if "=" in one and not one.startswith("-")]
    found = check(overrides, folders())
    if found:
        sys.exit(
            "\n".join((*found, "Nothing was run. python -m mlp.run --help shows the settings."))
        )
    if {"-m", "--multirun"} >= {one for one in arguments if one not in overrides} and not any(
        one.startswith(("sweep.dry_run", "sweep.workers", "hydra", "+")) for one in overrides
    ):
        # The launcher does so too, but after Hydra has composed. For nothing if all is finished;
        # with settings that an experiment's file or these may bring, it is left to the launcher.
        head_start.begin(None, ("mlp.task",))
    if "--config-dir" not in arguments:
        # Hydra's own way to options that lie elsewhere; they come after ours.
        sys.argv += [part for own in folders()[1:] for part in ("--config-dir", str(own))]
    main()


if __name__ == "__main__":
    command()
