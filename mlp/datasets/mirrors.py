"""Fashion-MNIST by HTTP, from the first public mirror that answers."""

from pathlib import Path

from mlp.datasets.errors import UnavailableError


def fetch(folder: Path) -> None:
    raise UnavailableError("not built yet")
