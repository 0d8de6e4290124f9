"""A small Hydra app that uses the run handle, copied by tests into folders of their own.

Its numbers are a recurrence, so that a wrong or a lost state shows in every later one.
"""

import os
import time
from pathlib import Path

import hydra
import numpy as np
from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig

from sweeps import current_run

STEPS = 30

ConfigStore.instance().store("app", {"x": 1, "seed": 0})


@hydra.main(config_path=None, config_name="app", version_base="1.3")
def main(cfg: DictConfig) -> float:
    run = current_run()
    if cfg.x == 0:
        msg = "x is zero"
        raise ValueError(msg)
    kept = run.restore()
    state, first = (kept["state"], kept["step"] + 1) if kept else (np.ones(3) / cfg.x, 1)
    for step in range(first, STEPS + 1):
        state = np.cos(state * 1.7 + cfg.seed)
        run.log(step, {"loss": float(state.sum())})
        run.checkpoint({"state": state, "step": step})
        time.sleep(float(os.environ.get("PAUSE", "0")))
    Path("state.npy").write_bytes(state.tobytes())
    run.artifact(Path("state.npy"))
    return float(state.sum())


if __name__ == "__main__":
    main()
