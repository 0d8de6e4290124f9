"""`python -m sweeps.deliver`: fill an MLflow store from the journals.

For a folder that was copied, a colleague's server, a lost mlflow.db. Whatever is there already
stays as it is, and so does what was deleted there. Afterwards artifacts open, finished runs are
reused and interrupted ones go on, as the journals have everything.

Where to: --to, or MLFLOW_TRACKING_URI, or where each sweep was last delivered (a database that
lay beside the journals: where they are now).
"""

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote

from rich.console import Console
from rich.progress import track

from sweeps.chosen import NotChosenError, add_store, chosen
from sweeps.destination import destination
from sweeps.filling import Filling, Tally
from sweeps.found import StoreAwayError
from sweeps.launches import LaunchRecord
from sweeps.store import RunFolder, Store, stores
from sweeps.tracking import Tracking
from sweeps.uris import absolute_uri, database, local_path


def deliver(store: Store, folders: Iterable[RunFolder], uri: str, experiment: str) -> Tally:
    """Deliver the runs of `folders` to an experiment of the store at `uri`.

    Raises `StoreAwayError` when the store can't be reached.
    """
    filling = Filling(store, Tracking(uri, experiment))
    filling.runs(folders)
    return filling.tally


def asked_for(to: str | None) -> str | None:
    """Give the store that the user named for all sweeps, if any."""
    return absolute_uri(to, Path.cwd()) if to or os.environ.get("MLFLOW_TRACKING_URI") else None


def refuse_stranded(tracking: Tracking, launch: LaunchRecord, root: Path) -> None:
    """Raise StoreAwayError for a database that moved along and has its artifacts elsewhere."""
    file = database(tracking.uri)
    old, now = Path(launch.folder), launch.moved(launch.folder, root)
    artifacts = local_path(tracking.artifacts)
    if (
        file is None
        or artifacts is None
        or now in artifacts.parents
        or old not in artifacts.parents
    ):
        return
    msg = (
        f"it was made in {old} and keeps its artifacts there: move {file} away, with what SQLite"
        " keeps beside it, and the same command makes it anew from the journals"
    )
    raise StoreAwayError(msg)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 if anything could not be delivered."""
    told = _parse(arguments)
    root = told.store.absolute()
    found = [s for s in stores(root) if told.experiment in (None, unquote(s.root.name))]
    console = Console(stderr=True)
    try:
        picked = chosen(found, told.sweeps, root)
        well = [_fill(*one, root, told.to, console) for one in picked]
    except NotChosenError as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if all(well) else 1


def _fill(
    store: Store,
    sweeps: dict[str, list[LaunchRecord]],
    root: Path,
    to: str | None,
    console: Console,
) -> bool:
    """Fill the experiment of `store`, each sweep where it goes; say what came of it."""
    places: dict[str, list[str]] = {}
    for key, latest_first in sweeps.items():
        uri = asked_for(to) or destination(latest_first[0], root)
        places.setdefault(uri, []).append(key)
    well = True
    for uri, keys in places.items():
        last = sweeps[keys[-1]][0]
        place = f"{uri}, experiment {last.experiment}"
        try:
            tracking = Tracking(uri, last.experiment)
            refuse_stranded(tracking, last, root)
            filling = Filling(store, tracking)
            folders = [folder for folder in store.runs() if _is_of(folder, keys)]
            hidden = not console.is_terminal
            filling.runs(track(folders, "delivering", console=console, disable=hidden))
            filling.sweeps(keys)
        except StoreAwayError as error:
            print(f"{place}: can't be written: {error}", file=sys.stderr)
            well = False
            continue
        print(f"{place}: {summary(filling.tally, len(keys))}")
        for identity, why in filling.tally.refused.items():
            print(f"  {identity}: {why}", file=sys.stderr)
        well = well and not filling.tally.refused
    return well


def summary(tally: Tally, sweeps: int) -> str:
    """Say in one sentence what was delivered, and what was not."""
    said = [
        f"{_count(tally.delivered, 'run')} of {_count(sweeps, 'sweep')} delivered",
        f"{tally.present} there already" if tally.present else "",
        f"{tally.running} running, left to their own launch" if tally.running else "",
        f"{tally.deleted} deleted there, which stay so" if tally.deleted else "",
        f"{len(tally.refused)} not delivered" if tally.refused else "",
        f"{_count(tally.files_lost, 'file')} of theirs lost before" if tally.files_lost else "",
    ]
    return ", ".join(one for one in said if one)


def _is_of(folder: RunFolder, keys: Sequence[str]) -> bool:
    definition = folder.headline().definition
    return definition is not None and definition.sweep in keys


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _parse(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        prog="python -m sweeps.deliver",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sweeps",
        nargs="*",
        metavar="SWEEP",
        help="name or key of a sweep, or the beginning of one (default: all)",
    )
    parser.add_argument("--to", metavar="URI", help="MLflow store to fill")
    parser.add_argument("--experiment", metavar="E", help="only the sweeps of this experiment")
    add_store(parser)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
