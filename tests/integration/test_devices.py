"""Workers that share the machine's devices, each run with one of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sweeps.store import stores

APP = """
import os
import time

import hydra


@hydra.main(config_path=None, version_base="1.3")
def main(cfg):
    began = time.time()
    time.sleep(0.2)
    return [os.environ["CUDA_VISIBLE_DEVICES"], began, time.time()]


if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("workers", [2, 3])
def test_each_worker_has_a_device_of_its_own(
    tmp_path: Path, empty_store: Path, workers: int
) -> None:
    shutil.copyfile(empty_store, tmp_path / "mlflow.db")
    (tmp_path / "app.py").write_text(APP)
    command = ["app.py", "-m", "hydra/launcher=sweepstack", "hydra/sweeper=sweepstack"]
    devices = ["hydra.launcher.devices=[5,7]", f"hydra.launcher.workers={workers}"]
    jobs = "+a=1,2,3,4,5,6,7,8"
    subprocess.run([sys.executable, *command, *devices, jobs], cwd=tmp_path, check=True)
    records = [run.record() for store in stores(tmp_path / ".sweeps") for run in store.runs()]
    used = [record.outcome.value for record in records if record.outcome]
    assert len(used) == 8
    assert {device for device, _, _ in used} == {"5", "7"}
    for device, began, _ in used:
        at_once = sum(one[0] == device and one[1] <= began < one[2] for one in used)
        assert at_once <= -(-workers // 2)
