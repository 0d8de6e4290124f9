"""`python -m sweeps.clean`: list what can be removed and what it takes up; with --yes, remove it.

  delivered run         the journal, checkpoints, result files and Hydra output folders of a run
                        that is finished and all in MLflow: there it stays, but it isn't reused
                        any more, and a sweep that wants it trains it anew
  run deleted in MLflow the same, and its artifacts: restoring it there brings its numbers back,
                        not its files
  orphaned checkpoints  of finished runs, and what a crash left behind

What isn't delivered stays, and so do failed and interrupted runs, checkpoints that a run can go on
from, and whatever a process is at. Nothing is removed without --yes.
"""

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from sweeps.attempt import now_ms
from sweeps.chosen import NotChosenError, add_store, chosen
from sweeps.removable import Inventory, Kind, Removable
from sweeps.removal import forget_sweeps, remove
from sweeps.store import stores
from sweeps.survey import size

_MS = {"h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
Named = list[tuple[str, Removable]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 if there is no such sweep, or an MLflow store can't be asked."""
    told = _parse(arguments)
    try:
        things, problems = clean(
            told.store.absolute(), told.sweep, now_ms() - told.older_than, really=told.yes
        )
    except NotChosenError as error:
        print(error, file=sys.stderr)
        return 1
    _show(things, really=told.yes)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def clean(
    root: Path, names: Sequence[str], before_ms: int, *, really: bool
) -> tuple[Named, list[str]]:
    """List, or `really` remove, what was last written to before a time and can be removed.

    Gives each thing with the name of its sweep, and a sentence for each MLflow store that can't be
    asked: nothing counts as delivered there. Raises `NotChosenError`.
    """
    found = list(stores(root))
    every = {store.root: sweeps for store, sweeps in chosen(found, (), root)}
    named: Named = []
    problems: list[str] = []
    for store, picked in chosen(found, names, root):
        inventory = Inventory(store, picked, every[store.root])
        things = [one for one in inventory if one.ended_ms < before_ms]
        # Their sizes, while they are there.
        _ = [one.size for one in things]
        if really:
            things = remove(store, things, found)
            forget_sweeps(store, picked.items())
        titles = {key: latest_first[0].name for key, latest_first in picked.items()}
        named += [(titles.get(one.sweep, ""), one) for one in things]
        problems += [
            f"MLflow at {uri} can't be asked ({why}): what went there is left."
            for uri, why in inventory.away.items()
        ]
    return named, problems


def age(text: str) -> int:
    """Read an age such as 12h, 30d or 8w, in milliseconds; raises ArgumentTypeError."""
    parts = re.fullmatch(r"(\d+)([hdw])", text)
    if parts is None:
        msg = f"{text} is no age: give a number of hours, days or weeks, such as 12h, 30d or 8w"
        raise ArgumentTypeError(msg)
    return int(parts[1]) * _MS[parts[2]]


def _show(things: Named, *, really: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not things:
        print("There is nothing to remove.")
        return
    rows: defaultdict[tuple[str, Kind], list[Removable]] = defaultdict(list)
    for name, one in things:
        rows[name, one.kind].append(one)
    table = Table(header_style="bold", box=None)
    table.add_column("sweep", overflow="fold")
    table.add_column("what", overflow="fold")
    table.add_column("runs", justify="right", no_wrap=True)
    table.add_column("disk", justify="right", no_wrap=True)
    for (name, kind), these in sorted(rows.items()):
        total = size(sum(one.size for one in these))
        table.add_row(Text(name), Text(kind), str(len(these)), total)
    Console().print(table)
    everything = size(sum(one.size for _, one in things))
    if really:
        print(f"\n{everything} removed.")
    else:
        print(f"\n{everything} can be removed: add --yes to remove it.")


def _parse(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        prog="python -m sweeps.clean",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--sweep",
        action="append",
        default=[],
        metavar="S",
        help="only runs that no other sweep uses of this one, by name or key or its beginning;"
        " can be given again",
    )
    parser.add_argument(
        "--older-than", type=age, default=0, metavar="AGE", help="such as 12h, 30d or 8w"
    )
    parser.add_argument("--yes", action="store_true", help="remove what is listed")
    add_store(parser)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
