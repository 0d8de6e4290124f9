"""The profile on the terminal: where a launch's wall time went, and how near the peak it came."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sweeps.ledger import Spent
from sweeps.timeline import (
    ANSWER,
    DATA,
    DELIVERY,
    JOURNALS,
    PLANNING,
    START,
    STARTING_WORKERS,
    TAIL,
    WAITING,
    Timeline,
)

_SAID = {
    START: "Python, imports, Hydra's configuration",
    PLANNING: "jobs composed, identified, looked up and packed",
    DATA: "fetched, decoded, mapped",
    STARTING_WORKERS: "until their first assignment",
    JOURNALS: "logs, journals, checkpoints and files of the workers",
    WAITING: "of workers between assignments, or without any",
    TAIL: "of workers that had ended while others had not",
    DELIVERY: "to MLflow, after the last run",
    ANSWER: "this table's and the one above",
}
_FIRST = (START, PLANNING, DATA, STARTING_WORKERS)
_LAST = (JOURNALS, WAITING, TAIL, DELIVERY, ANSWER)


def show_profile(timeline: Timeline, console: Console) -> None:
    """Print the parts of the time until the timeline's last mark, which add up to all of it."""
    seconds = timeline.seconds()
    whole = timeline.now - timeline.began
    table = Table(title="Where the wall time went", title_justify="left", box=None)
    table.add_column("part")
    for heading in ("seconds", "share %"):
        table.add_column(heading, justify="right")
    table.add_column("", style="dim")
    told = [part for part in seconds if part not in (*_FIRST, *_LAST)]
    for part in (*_FIRST, *told, *_LAST):
        taken = seconds.get(part, 0.0)
        table.add_row(part, f"{taken:.2f}", f"{100 * taken / whole:.1f}", _SAID.get(part, ""))
    table.add_row("all", f"{whole:.2f}", "100.0")
    console.print()
    console.print(table)
    spent = [one for worked in timeline.worked for one in worked.spent]
    width = max((worked.workers for worked in timeline.worked), default=0)
    processor = sum(worked.processor for worked in timeline.worked)
    beside = (
        f"Processor time beside the workers: {processor:.2f} s to hand out runs and to show them,"
        f" {timeline.written:.2f} s to write to MLflow."
    )
    for line in (beside, *_lines(spent, width, whole)):
        console.print(Text(line), soft_wrap=not console.is_terminal)


def _lines(spent: Sequence[Spent], workers: int, whole: float) -> list[str]:
    """Compare the operations done with what the machine could have done, and give the notes."""
    lines = []
    peaks = [one.peak for one in spent if one.peak]
    if peaks:
        peak = sum(peaks) / len(peaks)
        operations = sum(one.operations for one in spent)
        working = sum(one.ended - one.began for one in spent)
        least = operations / peak / workers
        lines.append(
            f"{operations / 1e9:.0f} GFLOP of matrix products. At the peak measured in this sweep,"
            f" {peak / 1e9:.0f} GFLOP/s a worker, they take {workers} workers {least:.2f} s:"
            f" {least / whole:.0%} of the wall time, and {operations / peak / working:.0%} of what"
            " the workers were at work."
        )
    lines += dict.fromkeys(note for one in spent for note in one.notes)
    return lines
