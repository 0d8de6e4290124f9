"""What a training run is told: the typed settings, their defaults and their allowed values.

This module is plain data, so that reading `--help` or refusing a bad value costs no import of
NumPy. conf/ holds the same defaults with a comment for each; a test holds the two together.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ACTIVATIONS = ("tanh", "sigmoid", "relu", "leaky_relu", "elu", "gelu")
INITIALIZATIONS = ("glorot", "he", "lecun", "unit_normal", "small_normal")
NORMALIZATIONS = ("unit_range", "standardized", "per_pixel", "none")
MOMENTUM_KINDS = ("damped", "classical", "nesterov", "none")
SCHEDULES = ("constant", "step", "cosine")
GRADIENTS = ("mean", "sum")
OBJECTIVES = ("validation_loss", "validation_accuracy")
PRECISIONS = ("float32", "float64")
DATASETS = ("fashion_mnist", "idx", "npz", "csv")
SOURCES = ("cache", "debian", "download", "apt")


@dataclass
class Data:
    """Which images, where from, how many."""

    name: str = "fashion_mnist"
    source: Any = field(default_factory=lambda: list(SOURCES))
    path: str | None = None
    test_path: str | None = None
    label: str = "label"
    validation: float = 10000.0
    limit: int | None = None


@dataclass
class Momentum:
    """How much of the last step is kept (`coefficient`, γ), and in which form."""

    kind: str = "classical"
    coefficient: float = 0.9


@dataclass
class EarlyStopping:
    """`patience` in epochs without an improvement of at least `min_delta`; None never stops."""

    patience: int | None = 5
    min_delta: float = 0.0


@dataclass
class Seeds:
    """One for each use of randomness, each 0 or more."""

    split: int = 0
    initialization: int = 0
    shuffle: int = 0


@dataclass
class Config:
    """Everything that decides a run's numbers, with the defaults that train well."""

    data: Data = field(default_factory=Data)
    activation: str = "tanh"
    hidden_units: list[int] = field(default_factory=lambda: [50])
    learning_rate: float = 0.03
    l2: float = 0.0
    batch_size: int = 128
    epochs: int = 100
    momentum: Momentum = field(default_factory=Momentum)
    schedule: str = "constant"
    warmup_epochs: int = 0
    step_epochs: int = 30
    step_factor: float = 0.1
    early_stopping: EarlyStopping = field(default_factory=EarlyStopping)
    initialization: str = "glorot"
    normalization: str = "unit_range"
    gradient: str = "mean"
    objective: str = "validation_loss"
    precision: str = "float32"
    seed: int = 0
    seeds: Seeds = field(default_factory=Seeds)
    test: bool = True


def from_settings(settings: Mapping[str, Any]) -> Config:
    """Make a `Config` of resolved plain settings of the right types, ignoring the sweep's own."""
    known = {name: settings[name] for name in Config.__dataclass_fields__ if name in settings}
    for name, section in _SECTIONS.items():
        if name in known:
            known[name] = section(**known[name])
    return Config(**known)


_SECTIONS: Mapping[str, type[Any]] = {
    "data": Data,
    "momentum": Momentum,
    "early_stopping": EarlyStopping,
    "seeds": Seeds,
}


def faults(config: Config) -> list[str]:  # noqa: C901 - one check after another
    """Say everything that is wrong with the values of `config`, one sentence each.

    An empty list means that the run can start. Types are already right: the schema saw to them.
    """
    found: list[str] = []

    def refuse(key: str, value: object, allowed: str) -> None:
        found.append(f"{key}={value} is not allowed: {key} is {allowed}")

    def one_of(key: str, value: str, names: Sequence[str]) -> None:
        if value not in names:
            refuse(key, value, "one of " + ", ".join(names))

    def number(key: str, value: float, low: float, *, above: bool = False) -> None:
        if not math.isfinite(value) or value < low or (above and value == low):
            refuse(key, value, f"a finite number {'above' if above else 'of at least'} {low:g}")

    one_of("activation", config.activation, ACTIVATIONS)
    if not config.hidden_units or any(units < 1 for units in config.hidden_units):
        refuse("hidden_units", list(config.hidden_units), "a list of layer widths, each 1 or more")
    number("learning_rate", config.learning_rate, 0, above=True)
    number("l2", config.l2, 0)
    number("batch_size", config.batch_size, 1)
    number("epochs", config.epochs, 1)
    one_of("momentum.kind", config.momentum.kind, MOMENTUM_KINDS)
    if not 0 <= config.momentum.coefficient < 1:
        refuse("momentum.coefficient", config.momentum.coefficient, "at least 0 and below 1")
    one_of("schedule", config.schedule, SCHEDULES)
    number("warmup_epochs", config.warmup_epochs, 0)
    number("step_epochs", config.step_epochs, 1)
    number("step_factor", config.step_factor, 0, above=True)
    if config.early_stopping.patience is not None:
        number("early_stopping.patience", config.early_stopping.patience, 1)
    number("early_stopping.min_delta", config.early_stopping.min_delta, 0)
    one_of("initialization", config.initialization, INITIALIZATIONS)
    one_of("normalization", config.normalization, NORMALIZATIONS)
    one_of("gradient", config.gradient, GRADIENTS)
    one_of("objective", config.objective, OBJECTIVES)
    one_of("precision", config.precision, PRECISIONS)
    number("seed", config.seed, 0)
    for key in ("split", "initialization", "shuffle"):
        number(f"seeds.{key}", getattr(config.seeds, key), 0)
    one_of("data.name", config.data.name, DATASETS)
    if config.data.name in DATASETS[1:] and not config.data.path:
        refuse("data.path", config.data.path, f"needed by data={config.data.name}: where it lies")
    number("data.validation", config.data.validation, 0, above=True)
    if config.data.limit is not None:
        number("data.limit", config.data.limit, 2)
    return found
