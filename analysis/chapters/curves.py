"""Curves by epoch of cells: means over seeds with bands, and how many seeds are left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.cells import Filled
from analysis.figures.lines import Line, Lines, Panel
from analysis.runs import Runs
from analysis.statistics import Floats, by_step


@dataclass(frozen=True)
class Told:
    """What a panel is to show: curves by the names of their lines."""

    label: str
    curves: Mapping[str, str]
    scale: float = 1.0


def told(name: str) -> Told:
    """Say what the panel of one curve is to show; a name that ends in accuracy is in percent."""
    text = name.replace("_", " ")
    if name.endswith("accuracy"):
        return Told(f"{text} (%)", {"": name}, scale=100.0)
    return Told(text, {"": name})


def plot(
    runs: Runs, filled: Sequence[Filled], asked: Sequence[Told], epochs: int | None = None
) -> Lines | None:
    """Draw curves; None if no run has any.

    The curves of one cell share a panel; those of several cells have one each, with a line a cell.
    """
    panels: list[Panel] = []
    for one in asked:
        if len(filled) == 1:
            panels.append(
                Panel(
                    one.label,
                    _lines(
                        runs, [(*pair, filled[0]) for pair in one.curves.items()], one.scale, epochs
                    ),
                )
            )
            continue
        for name, curve in one.curves.items():
            own = [(cell.cell.name, curve, cell) for cell in filled]
            panels.append(Panel(one.label, _lines(runs, own, one.scale, epochs), title=name))
    panels = [panel for panel in panels if panel.lines]
    return Lines(panels, "epoch", _said(panels)) if panels else None


def _lines(
    runs: Runs,
    asked: Sequence[tuple[str, str, Filled]],
    scale: float,
    epochs: int | None,
) -> list[Line]:
    found = []
    for place, (name, curve, filled) in enumerate(asked):
        line = _line(runs, filled, curve, scale, epochs)
        if line is not None:
            n = int(line[-1].max())
            few = f"({n} of {filled.expected} runs)" if n < filled.expected else ""
            found.append(Line(" ".join(filter(None, (name, few))), *line, place))
    return found


def _line(
    runs: Runs, filled: Filled, curve: str, scale: float, epochs: int | None
) -> tuple[Floats, Floats, Floats, Floats] | None:
    """Put the runs under each other; one that stopped early leaves a gap."""
    found = [one for one in runs.curves(filled.runs) if curve in one]
    if not found:
        return None
    first = int(min(one["epoch"].min() for one in found))
    last = int(max(one["epoch"].max() for one in found))
    last = min(last, epochs) if epochs else last
    table = np.full((len(found), max(0, last - first + 1)), math.nan)
    for row, one in zip(table, found, strict=True):
        at = one["epoch"].astype(int) - first
        inside = at < len(row)
        row[at[inside]] = one[curve][inside] * scale
    n, mean, half = by_step(table)
    there = n > 0
    if not there.any():
        return None
    return np.arange(first, last + 1.0)[there], mean[there], half[there], n[there]


def _said(panels: Sequence[Panel]) -> str:
    """Say who is highest and who lowest in each panel, at an epoch that all runs have."""
    lines = [line for panel in panels for line in panel.lines]
    start = "Means over seeds" if any(line.n.max() > 1 for line in lines) else "Single runs"
    shared = set.intersection(*({*line.x[line.n == line.n.max()]} for line in lines))
    epoch = max(shared) if shared else None
    if epoch is not None:
        longer = any(line.x[-1] > epoch for line in lines)
        start += f" at epoch {epoch:.0f}{', the last that all runs have' if longer else ''}"
    else:
        start += ", each at the last epoch that all of its own runs have"
    texts = "; ".join(_compared(panel, epoch) for panel in panels)
    longest = max(lines, key=lambda line: float(line.x[-1]))
    left = ", ".join(filter(None, (longest.name, _left(longest))))
    ends = f" A line ends where fewer than half of its runs are left; the longest: {left}."
    some = any(line.n.min() < line.n.max() / 2 for line in lines)
    return f"{start}. {texts}.{ends if some else ''}"


def _left(line: Line) -> str:
    return f"at epoch {line.x[-1]:.0f} {line.n[-1]:.0f} of {line.n.max():.0f} runs left"


def _compared(panel: Panel, epoch: float | None) -> str:
    ends = []
    for line in panel.lines:
        own = line.x[line.n == line.n.max()][-1] if epoch is None else epoch
        value = float(line.mean[line.x == own][0])
        at = f"epoch {own:.0f}, " if epoch is None else ""
        ends.append((value, f"{line.name} {value:.3g} ({at}n={line.n.max():.0f})".strip()))
    high, low = max(ends), min(ends)
    what = " ".join(filter(None, (panel.title, panel.label)))
    return f"{what}: {f'highest {high[1]}, lowest {low[1]}' if len(ends) > 1 else high[1]}"
