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
            found.append(Line(name, *line, place))
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
    return np.arange(first, last + 1.0)[there], mean[there], half[there], n[there]


def _said(panels: Sequence[Panel]) -> str:
    """Say who ends highest and who lowest, in each panel."""
    texts = []
    for panel in panels:
        what = " ".join(filter(None, (panel.title, panel.label)))
        ends = [
            (
                float(line.mean[-1]),
                f"{line.name} {line.mean[-1]:.3g} (epoch {line.x[-1]:.0f}{_left(line)})",
            )
            for line in panel.lines
        ]
        high, low = max(ends), min(ends)
        text = f"{what}: " + (
            f"highest at the end {high[1]}, lowest {low[1]}" if len(ends) > 1 else high[1]
        )
        texts.append(text)
    return "Means over seeds. " + "; ".join(texts) + "."


def _left(line: Line) -> str:
    if line.n[-1] == line.n[0]:
        return ""
    return f", {line.n[-1]:.0f} of {line.n[0]:.0f} runs left"
