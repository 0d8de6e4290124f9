"""Who does the work, and with which command: ours and what people use today."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from work import ACTIVATIONS, BATCH, L2, LEARNING_RATES

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


@dataclass(frozen=True)
class Contender:
    """A tool: what it is called, the script (of ours, the module), the packages it needs.

    XLA's products take the widest instructions there are, even with --xla_cpu_max_isa=AVX2, so that
    JAX can't be held to AVX2.
    """

    key: str
    title: str
    arguments: Sequence[str]
    packages: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    curves: bool = True
    can_be_held_to_avx2: bool = True

    def command(self, epochs: int, cores: int) -> list[str]:
        """Return the command line."""
        known = {"epochs": str(epochs), "cores": str(cores)}
        return [sys.executable, *(argument.format(**known) for argument in self.arguments)]

    def absent(self) -> list[str]:
        """Return the packages that are not installed."""
        return [package for package in self.packages if not _installed(package)]


def versions(contenders: Sequence[Contender]) -> dict[str, str]:
    """Return the version of each package that takes part."""
    packages = {package for one in contenders for package in one.packages}
    packages |= {"sweepstack", "numpy", "mlflow", "joblib", "hydra-core"}
    return {package: version(package) for package in sorted(packages)}


def _installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _script(name: str, *arguments: str) -> tuple[str, ...]:
    return str(FOLDER / f"{name}.py"), *arguments, "--epochs={epochs}", "--cores={cores}"


GRID = (
    "activation=" + ",".join(ACTIVATIONS),
    "learning_rate=" + ",".join(map(str, LEARNING_RATES)),
    "l2=" + ",".join(map(str, L2)),
    "epochs={epochs}",
)
OURS = (
    "-m",
    "mlp.run",
    "-m",
    *GRID,
    f"batch_size={BATCH}",
    "momentum=classical",
    "early_stopping=none",
    "sweep.workers={cores}",
    "tracking.experiment=benchmark",
)

CONTENDERS = (
    Contender("ours", "sweepstack", OURS, ()),
    Contender(
        "jax",
        "JAX, vmap, a stack on each core",
        _script("on_cores", "jax_stack"),
        ("jax",),
        can_be_held_to_avx2=False,
    ),
    Contender(
        "jax-warm",
        "JAX, compiled before",
        _script("on_cores", "jax_stack"),
        ("jax",),
        {
            "JAX_COMPILATION_CACHE_DIR": os.path.join("{shared}", "jax"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        },
        can_be_held_to_avx2=False,
    ),
    Contender(
        "stacked",
        "PyTorch, stacked by hand, a stack on each core",
        _script("on_cores", "pytorch_stack"),
        ("torch",),
    ),
    Contender(
        "fit",
        "scikit-learn + joblib, without curves",
        _script("on_cores", "scikit_learn_fit"),
        ("scikit-learn",),
        curves=False,
    ),
    Contender(
        "scikit", "scikit-learn + joblib", _script("on_cores", "scikit_learn"), ("scikit-learn",)
    ),
    Contender("optuna", "Optuna + PyTorch", _script("optuna_pytorch"), ("torch", "optuna")),
    Contender(
        "hydra",
        "Hydra's joblib launcher + PyTorch",
        (
            str(FOLDER / "hydra_pytorch.py"),
            "-m",
            *GRID,
            "hydra.launcher.n_jobs={cores}",
        ),
        ("torch", "hydra-joblib-launcher"),
    ),
    Contender("ray", "Ray Tune + PyTorch", _script("ray_pytorch"), ("torch", "ray")),
)
