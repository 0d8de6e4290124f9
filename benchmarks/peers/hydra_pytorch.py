"""PyTorch under Hydra's own joblib launcher: a job is one network, as one would write it.

A job returns its last validation loss.

python benchmarks/peers/hydra_pytorch.py -m activation=tanh,relu learning_rate=0.01,0.05
"""

import hydra
from omegaconf import DictConfig
from pytorch_training import train
from record import record
from work import Setting


@hydra.main(config_path=".", config_name="hydra_pytorch", version_base="1.3")
def main(config: DictConfig) -> float:
    """Train and record the network of one job."""
    setting = Setting(config.activation, config.learning_rate, config.l2)
    run = train(setting, config.epochs)
    record(run)
    return run.curve[-1][2]


if __name__ == "__main__":
    main()
