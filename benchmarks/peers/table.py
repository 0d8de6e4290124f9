"""The table of the comparison, in Markdown."""

import statistics
from collections.abc import Iterator

from contenders import CONTENDERS
from rounds import Rounds
from work import GRID, operations

TITLES = {one.key: one.title for one in CONTENDERS}
HEADER = ("tool", "seconds", "range", "of ours", "of the arithmetic", "test accuracy %", "MB")


def table(rounds: Rounds) -> str:
    """Write all that there is to say about some rounds."""
    return "\n".join([*_rows(rounds), "", *_notes(rounds), ""])


def _rows(rounds: Rounds) -> Iterator[str]:
    yield "| " + " | ".join(HEADER) + " |"
    yield "| --- |" + " ---: |" * (len(HEADER) - 1)
    ours = rounds.seconds("ours")
    arithmetic = rounds.arithmetic
    yield f"| the arithmetic at the machine's peak | {arithmetic:.2f} | | | 1.00 | | |"
    for key in rounds.keys:
        seconds = rounds.seconds(key)
        median = statistics.median(seconds)
        parent, worker = rounds.memory.get(key, (None, None))
        title = TITLES.get(key, key)
        cells = (
            f"**{title}**" if key == "ours" else title,
            f"{median:.2f}" if median < 100 else f"{median:.0f}",  # noqa: PLR2004
            f"{seconds[0]:.1f}–{seconds[-1]:.1f} ({len(seconds)})",
            f"{median / statistics.median(ours):.2f}" if ours else "",
            f"{median / arithmetic:.2f}",
            f"{100 * rounds.accuracies[key]:.2f}",
            f"{parent:.0f} + {worker:.0f}" if parent is not None else "",
        )
        yield "| " + " | ".join(cells) + " |"


def _notes(rounds: Rounds) -> Iterator[str]:
    machine = rounds.machine
    cores = [one.core for one in rounds.rounds]
    yield (
        f"{len(GRID)} runs of {machine.epochs} epochs, {machine.cores} cores; whole commands from"
        " start to exit, medians (with the range and how many); MB are the largest resident sets"
        " of the command's own process and of the largest that it started."
    )
    yield ""
    yield (
        f"The arithmetic: {operations(machine.epochs) / 1e9:,.1f} GFLOP in products; the machine's"
        f" peak, the best of the same rounds, {rounds.peak / 1e9:.0f} GFLOP/s with all cores at"
        f" once, {max(cores) / 1e9:.0f} with one alone ({machine.kernel})."
    )
    if len(rounds.libraries) > 1:
        reached = ", ".join(f"{name}'s {each / 1e9:.0f}" for name, each in rounds.libraries.items())
        yield (
            f"On one core a large product reaches, in GFLOP/s: {reached}. So far as these differ,"
            " a lead is the library's, not the tool's."
        )
    yield ""
    held = " All products were held to AVX2." if machine.avx2 else ""
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    yield f"{machine.processor}, {machine.system}.{held} {versions}."
