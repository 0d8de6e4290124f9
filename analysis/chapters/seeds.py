"""Settings of few seeds, and the commands that train more of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from analysis.cells import Filled, seed_of
from analysis.commands import grid_of, words_of
from analysis.document import Block, Command, Paragraph
from analysis.errors import AnalysisError
from analysis.experiments import folders
from analysis.groups import Groups
from analysis.runs import Runs

_ENOUGH = 10


def commands(runs: Runs, groups: Groups) -> Iterator[Block]:
    """Say which commands bring settings of few seeds to enough of them, and which have none."""
    few = [
        one for one in groups.filled if 0 < len(one.runs) < _ENOUGH and not _is_complete(runs, one)
    ]
    if not few:
        return
    fewest = min(len(one.runs) for one in few)
    offered, without, reasons = _offered(runs, few)
    yield Paragraph(
        f"**n={fewest}:** "
        + ("one seed gives no interval, and no difference can be tested. " if fewest == 1 else "")
        + f"{_ENOUGH} seeds of each setting let differences be seen."
        + (" This makes those that are missing:" if offered else "")
    )
    yield from map(Command, offered)
    if without and (offered or reasons):
        which = f"{'the other ' if offered else ''}{without} setting{'s' * (without != 1)}"
        why = f": {'; '.join(reasons)}" if reasons else ""
        yield Paragraph(f"No known command trains {which}{why}.")


def _is_complete(runs: Runs, filled: Filled) -> bool:
    """Whether there are all runs that a command would make, though some be shown elsewhere."""
    repeats = {run.tags.get("sweeps.repeat") for run in filled.used} - {None}
    seeds = {
        seed_of(run)
        for run in runs
        if run.excluded is None
        and run.state == "finished"
        and run.tags.get("sweeps.repeat") in repeats
    }
    return seeds.issuperset(range(_ENOUGH))


def _offered(runs: Runs, few: Sequence[Filled]) -> tuple[list[str], int, list[str]]:
    """Give commands that train settings, how many settings have none, and why."""
    places = folders()
    left, found = list(few), []
    untrained: list[tuple[str, list[Filled]]] = []
    for sweep in runs.sweeps:
        own = [one for one in left if sweep.command and _is_of(one, sweep.key)]
        if not own:
            continue
        try:
            grid = grid_of(sweep.command, places)
        except AnalysisError as error:
            untrained.append((str(error), own))
            continue
        trained = [one for one in own if any(grid.has(run.settings) for run in one.used)]
        left = [one for one in left if one not in trained]
        if trained:
            found.append(_with_seeds(sweep.command))
        untrained.append((f"`{sweep.command}` does not sweep over them now", own))
    reasons = [text for text, own in untrained if any(one in left for one in own)]
    return found, len(left), list(dict.fromkeys(reasons))


def _with_seeds(command: str) -> str:
    words = [word for word in words_of(command) if not word.startswith("seed=")]
    return shlex.join([*words, f"seed={','.join(map(str, range(_ENOUGH)))}"])


def _is_of(filled: Filled, key: str) -> bool:
    """Whether a sweep trained or used runs of a group."""
    return any(
        run.tags.get("sweeps.sweep") == key or f"sweeps.used_by.{key}" in run.tags
        for run in filled.used
    )
