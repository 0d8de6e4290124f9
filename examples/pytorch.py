"""PyTorch, with the states of model and optimizer in its checkpoints, as arrays.

    python examples/pytorch.py -m hydra/launcher=sweepstack hydra/sweeper=sweepstack \
        learning_rate=0.01,0.1 seed=0,1

With GPUs, `hydra.launcher.devices=[0,1]` gives each worker its own. Interrupt it and give the same
command again: it goes on from the last epoch that was saved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import hydra
import torch
from hydra.core.config_store import ConfigStore

import sweeps


@dataclass
class Config:
    """A small network that learns the exclusive or of two signs."""

    learning_rate: float = 0.1
    momentum: float = 0.9
    epochs: int = 20
    seed: int = 0


ConfigStore.instance().store("config", Config)


def packed(epoch: int, model: torch.nn.Module, optimizer: torch.optim.SGD) -> dict[str, Any]:
    """Give model and optimizer as a checkpoint has them: a flat mapping of arrays."""
    state: dict[str, Any] = {"epoch": epoch}
    for name, tensor in model.state_dict().items():
        state[f"model.{name}"] = tensor.cpu().numpy()
    for number, kept in optimizer.state_dict()["state"].items():
        state[f"momentum.{number}"] = kept["momentum_buffer"].cpu().numpy()
    return state


def unpack(state: Mapping[str, Any], model: torch.nn.Module, optimizer: torch.optim.SGD) -> None:
    """Put back what `packed` gave."""
    model.load_state_dict(
        {name: torch.from_numpy(state[f"model.{name}"]) for name in model.state_dict()}
    )
    for number, parameter in enumerate(model.parameters()):
        buffer = torch.from_numpy(state[f"momentum.{number}"]).to(parameter.device)
        optimizer.state[parameter]["momentum_buffer"] = buffer


@hydra.main(config_path=None, config_name="config", version_base="1.3")
def main(config: Config) -> float:
    """Train it; gives the loss after the last epoch."""
    run = sweeps.current_run()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(config.seed)
    x = torch.randn(512, 2, device=device)
    y = (x[:, :1] * x[:, 1:] > 0).float()
    model = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
    model.to(device)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=config.learning_rate, momentum=config.momentum
    )
    state = run.restore()
    if state is not None:
        unpack(state, model, optimizer)
    loss_of = torch.nn.BCEWithLogitsLoss()
    for epoch in range(state["epoch"] + 1 if state else 1, config.epochs + 1):
        for batch in torch.randperm(len(x), generator=torch.Generator().manual_seed(epoch)).split(
            64
        ):
            optimizer.zero_grad()
            loss_of(model(x[batch]), y[batch]).backward()
            optimizer.step()
        with torch.no_grad():
            loss = float(loss_of(model(x), y))
        run.log(epoch, {"loss": loss})
        run.checkpoint(lambda epoch=epoch: packed(epoch, model, optimizer))
    with torch.no_grad():
        return float(loss_of(model(x), y))


if __name__ == "__main__":
    main()
