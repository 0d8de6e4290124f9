"""A plain Hydra script: nothing in it knows of sweepstack.

    python examples/plain.py -m hydra/launcher=sweepstack hydra/sweeper=sweepstack \
        learning_rate=0.01,0.1,0.5 steps=20,40

Each setting becomes a run in MLflow. The same command again trains nothing that is finished.
"""

from dataclasses import dataclass

import hydra
from hydra.core.config_store import ConfigStore


@dataclass
class Config:
    """How to descend the parabola (x - 3)², from x = 0."""

    learning_rate: float = 0.1
    steps: int = 20


ConfigStore.instance().store("config", Config)


@hydra.main(config_path=None, config_name="config", version_base="1.3")
def main(config: Config) -> float:
    """Give the height that is left."""
    x = 0.0
    for step in range(config.steps):
        x -= config.learning_rate * 2 * (x - 3)
        print(f"step {step}: x = {x:.6f}")
    return (x - 3) ** 2


if __name__ == "__main__":
    main()
