"""Debian package."""

from pathlib import Path

from mlp.datasets.errors import UnavailableError


def fetch(folder: Path) -> None:
    raise UnavailableError("not built yet")
