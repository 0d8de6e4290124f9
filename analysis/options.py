"""What every command of this package takes, and how it ends when something is wrong."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from analysis.output.manifest import PAGES, in_the_way

if TYPE_CHECKING:
    from analysis.runs import Runs


def parser(name: str, description: str) -> ArgumentParser:
    """Make the parser of a command that reads runs."""
    made = ArgumentParser(
        prog=f"python -m analysis.{name}",
        description=description,
        formatter_class=RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--from",
        dest="sources",
        action="append",
        default=[],
        metavar="SOURCE",
        help="MLflow store (URI or .db file) or run records (.zip of analysis.export); may be given"
        " again, for runs of several; by default MLFLOW_TRACKING_URI or ./mlflow.db",
    )
    made.add_argument(
        "--experiment",
        action="append",
        default=[],
        metavar="NAME",
        help="only runs of this MLflow experiment; may be given again",
    )
    made.add_argument(
        "--sweep", metavar="NAME", help="only runs of the sweeps whose name or key begins so"
    )
    made.add_argument("--since", metavar="DATE", help="only runs begun then or later: 2026-11-24")
    return made


def chosen(told: Namespace) -> Runs:
    """Read the runs that a command was told to."""
    from analysis.reading import of_sweep, one_a_line, read_all, since

    runs = read_all(told.sources, told.experiment)
    if told.sweep is not None:
        runs = of_sweep(runs, told.sweep)
        if len(runs.sweeps) > 1:
            print(f"{len(runs.sweeps)} sweeps begin with {told.sweep!r}:{one_a_line(runs.sweeps)}")
    return runs if told.since is None else since(runs, told.since)


def add_experiments(made: ArgumentParser) -> None:
    """Let a command be told where the experiments lie."""
    made.add_argument(
        "--experiments",
        type=Path,
        metavar="FOLDER",
        help="the files with `report:` sections; by default ./conf/experiment and those installed",
    )


def add_output(made: ArgumentParser, folder: str) -> None:
    """Let a command be told where to write, and how wide figures are."""
    made.add_argument(
        "--out",
        type=Path,
        default=Path(folder),
        metavar="FOLDER",
        help="where it is written (default: %(default)s)",
    )
    made.add_argument(
        "--width", type=float, default=6.4, help="of figures, in inches (default: %(default)s)"
    )


def faults(told: Namespace) -> list[str]:
    """Say what is wrong with the options that several commands have."""
    found = []
    width = getattr(told, "width", _NARROWEST)
    if not _NARROWEST <= width <= _WIDEST:
        found.append(
            f"--width {width:g} is not allowed: figures are {_NARROWEST} to {_WIDEST} inches wide."
        )
    workers = getattr(told, "workers", None)
    if workers is not None and workers < 1:
        found.append(f"--workers {workers} is not allowed: it is 1 or more.")
    folder = getattr(told, "experiments", None)
    if folder is not None and not folder.is_dir():
        found.append(f"--experiments {folder} is no folder.")
    out = getattr(told, "out", None)
    if out is not None:
        found += [fault for fault in (unwritable(out), in_the_way(out, PAGES)) if fault]
    return found


def unwritable(folder: Path) -> str:
    """Say why nothing can be written into `folder`, which needn't exist yet; "" if something can.

    A disk may still refuse later, as it is full: this is what can be known before the work.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not there.is_dir():
        return f"Nothing can be written into {folder}: {there} is no folder."
    if not os.access(there, os.W_OK | os.X_OK):
        return f"Nothing can be written into {folder}: {there} is not yours to write."
    return ""


def refuse(found: list[str]) -> None:
    """Raise `AnalysisError` with all that is wrong, if anything is."""
    if found:
        raise AnalysisError("\n".join(found))


_NARROWEST, _WIDEST = 4, 20


def run(command: Callable[[list[str]], None]) -> None:
    """Run a command; what a user can put right is said in a sentence, without a traceback."""
    try:
        command(sys.argv[1:])
    except AnalysisError as error:
        sys.exit(str(error))
