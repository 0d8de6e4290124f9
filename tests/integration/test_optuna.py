"""Hydra's Optuna sweeper on our launcher. It slows every start of Hydra: install it to run this.

pip install "hydra-core<1.4" hydra-optuna-sweeper==1.2.0
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from mlflow import MlflowClient
from omegaconf import OmegaConf

pytestmark = pytest.mark.skipif(
    find_spec("optuna") is None, reason="hydra-optuna-sweeper is not installed"
)

APP = """
import hydra


@hydra.main(config_path=None, version_base="1.3")
def main(cfg):
    height = (cfg.x - 1) ** 2
    return (height, cfg.x) if cfg.pair else height


main()
"""
OPTUNA = (
    "-m",
    "hydra/sweeper=optuna",
    "hydra/launcher=sweepstack",
    "hydra.sweeper.n_trials=4",
    "hydra.sweeper.n_jobs=2",
    "hydra.sweeper.sampler.seed=1",
    "+x=interval(-2.0,2.0)",
)


@pytest.mark.parametrize(
    "objectives", [("+pair=false",), ("+pair=true", "hydra.sweeper.direction=[minimize,maximize]")]
)
def test_optuna_gets_its_values_and_so_asks_for_the_same_again(
    tmp_path: Path, objectives: tuple[str, ...]
) -> None:
    (tmp_path / "app.py").write_text(APP)
    found = []
    for launch in (1, 2):
        place = f"hydra.sweep.dir=launch-{launch}"
        ended = subprocess.run(
            [sys.executable, "app.py", *OPTUNA, *objectives, place],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.count("4 runs, best value first") == 1
        found.append(OmegaConf.load(tmp_path / f"launch-{launch}" / "optimization_results.yaml"))
    assert found[0] == found[1]
    assert len(list(tmp_path.glob("launch-1/*/app.log"))) == 4
    assert not list(tmp_path.glob("launch-2/*/app.log"))
    client = MlflowClient(f"sqlite:///{(tmp_path / 'mlflow.db').as_posix()}")
    experiments = [one.experiment_id for one in client.search_experiments()]
    assert len(client.search_runs(experiments, "tags.`sweeps.kind` = 'sweep'")) == 1
    assert len(client.search_runs(experiments, "tags.`sweeps.kind` = 'run'")) == 4
