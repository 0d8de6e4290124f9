"""`python -m sweeps.status`: how each sweep stands, and the command that completes it.

A sweep that runs in another terminal is shown too: this only reads journals and looks at locks.
A run that was deleted in MLflow counts as missing until it is restored there. Disk is what lies in
the folder of the journals: journals, checkpoints and result files, not MLflow's copies.

--json prints a list with an object for each sweep, in the order of their first launches:
  experiment, sweep, name    MLflow experiment; the sweep's key; what it is called
  started                    time of its first launch, ISO 8601
  jobs                       how many runs it wants, which are
  done, failed, interrupted, running, missing, removed   in one of these states each
  bytes                      disk used
  complete                   true if there is nothing left to run
  commands, folder           what completes it, and the folder to type it in
  tracking_uri               MLflow store of its last launch
"""

import json
import shlex
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sweeps.chosen import NotChosenError, add_store, chosen
from sweeps.deleted import deleted, last_launch, removed
from sweeps.destination import destination
from sweeps.store import Store, stores
from sweeps.survey import Standing, SweepStatus, size, survey

_LEAST_WIDTH = 12
_NO_LIMIT = 1000


def status(root: Path, names: Sequence[str]) -> list[SweepStatus]:
    """Look at the sweeps of those names, or all, whose journals are below `root`.

    Raises `NotChosenError` where there are none.
    """
    found: list[SweepStatus] = []
    for store, sweeps in chosen(list(stores(root)), names, root):
        found += survey(store, sweeps, _deleted(store), removed(store))
    return sorted(found, key=lambda one: one.started_ms)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 if there is no such sweep."""
    told = _parse(arguments)
    try:
        found = status(told.store.absolute(), told.sweeps)
    except NotChosenError as error:
        if told.json and not told.sweeps:
            print("[]")
            return 0
        print(error, file=sys.stderr)
        return 1
    if told.json:
        print(json.dumps([fields(one) for one in found], indent=2))
    else:
        _show(found)
    return 0


def fields(one: SweepStatus) -> dict[str, object]:
    """Give what --json prints of a sweep; its keys stay what they are."""
    return {
        "experiment": one.experiment,
        "sweep": one.sweep,
        "name": one.name,
        "started": datetime.fromtimestamp(one.started_ms / 1000, tz=UTC).isoformat(),
        "jobs": one.jobs,
        **{str(standing): count for standing, count in one.counts.items()},
        "bytes": one.disk_bytes,
        "complete": one.is_complete,
        "commands": list(one.commands),
        "folder": one.folder,
        "tracking_uri": one.uri,
    }


def _show(found: Sequence[SweepStatus]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = [s for s in Standing if s is not Standing.REMOVED or any(f.counts[s] for f in found)]
    table = Table(header_style="bold", box=None)
    table.add_column("experiment", no_wrap=True)
    table.add_column("sweep", overflow="fold", min_width=_LEAST_WIDTH)
    table.add_column("started", no_wrap=True)
    for heading in (*shown, "disk"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in found:
        started = datetime.fromtimestamp(one.started_ms / 1000).astimezone()
        counts = (str(one.counts[standing] or "·") for standing in shown)
        cells = (one.experiment, one.name, f"{started:%Y-%m-%d %H:%M}", *counts)
        table.add_row(*(Text(cell) for cell in (*cells, size(one.disk_bytes))))
    # A file or a pipe has no width.
    console = Console(width=None if sys.stdout.isatty() else _NO_LIMIT)
    console.print(table)
    for one in found:
        for command in one.commands:
            here = Path(one.folder) == Path.cwd()
            line = command if here else f"cd {shlex.quote(one.folder)} && {command}"
            console.print(
                Text.assemble((f"\n{one.name} is completed by\n  ", "dim"), line), soft_wrap=True
            )


def _deleted(store: Store) -> frozenset[str]:
    last = last_launch(store)
    if last is None:
        return frozenset()
    return deleted(destination(last, store.root.parent), last.experiment, store)


def _parse(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        prog="python -m sweeps.status",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sweeps", nargs="*", metavar="SWEEP", help="name or key, or its beginning (default: all)"
    )
    parser.add_argument("--json", action="store_true", help="print the list described above")
    add_store(parser)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
