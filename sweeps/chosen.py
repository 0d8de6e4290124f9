"""Sweeps by what a user has in hand: a name or a key, or the beginning of one."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from sweeps.launches import LaunchRecord, launches
from sweeps.store import Store


class NotChosenError(LookupError):
    """There is no such sweep; the message says so, and which there are."""


def add_store(parser: ArgumentParser) -> None:
    """Let a command be told where the journals lie: --store FOLDER, a Path."""
    parser.add_argument(
        "--store",
        type=Path,
        default=Path(".sweeps"),
        metavar="FOLDER",
        help="where the journals lie (default: %(default)s)",
    )


Chosen = tuple[Store, dict[str, list[LaunchRecord]]]


def chosen(found: Sequence[Store], names: Sequence[str], root: Path) -> list[Chosen]:
    """Give the stores with their sweeps by key, each with its launches, the latest first.

    Sweeps stand in the order of their first launches. With `names` only those are given that one
    of them begins. Raises `NotChosenError` for a name of none, and where there is no sweep at all.
    """
    every: list[tuple[Store, str, list[LaunchRecord]]] = [
        (store, path.name, latest_first)
        for store in found
        for path in store.sweeps()
        if (latest_first := list(launches(path)))
    ]
    every.sort(key=lambda one: one[2][-1].label)
    if not every:
        msg = f"There is no sweep in {root}: give --store, the folder that has the journals."
        raise NotChosenError(msg)
    for name in names:
        if not any(_goes_by(name, key, latest_first) for _, key, latest_first in every):
            known = "; ".join(dict.fromkeys(latest_first[0].name for _, _, latest_first in every))
            msg = f"No sweep in {root} is called {name!r}: there are {known}."
            raise NotChosenError(msg)
    picked: dict[Path, Chosen] = {}
    for store, key, latest_first in every:
        if not names or any(_goes_by(name, key, latest_first) for name in names):
            picked.setdefault(store.root, (store, {}))[1][key] = latest_first
    return list(picked.values())


def _goes_by(name: str, key: str, latest_first: Sequence[LaunchRecord]) -> bool:
    return key.startswith(name) or latest_first[0].name.startswith(name)
