"""The figure of the comparison: a bar for each tool, against the arithmetic at the peak."""

import statistics
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from rounds import Rounds
from table import TITLES

OURS, OTHERS, LIMIT = "#c1440e", "#7f8c9b", "#222222"


def draw(rounds: Rounds, path: Path) -> None:
    """Draw it as SVG, of which equal rounds give equal bytes."""
    keys = rounds.keys[::-1]
    medians = [statistics.median(rounds.seconds(key)) for key in keys]
    figure = Figure(figsize=(8, 0.6 + 0.42 * len(keys)), layout="constrained")
    axes = figure.subplots()
    bars = axes.barh(
        [TITLES.get(key, key) for key in keys],
        medians,
        color=[OURS if key == "ours" else OTHERS for key in keys],
    )
    axes.bar_label(bars, [f"{median:.1f}" for median in medians], padding=4)
    axes.axvline(rounds.arithmetic, color=LIMIT, linestyle="--", linewidth=1)
    axes.text(
        rounds.arithmetic,
        len(keys) - 0.45,
        f" {rounds.arithmetic:.1f} s: the arithmetic at the machine's peak",
        fontsize=8,
        verticalalignment="bottom",
    )
    axes.margins(x=0.1)
    axes.set_ylim(-0.6, len(keys) + 0.1)
    axes.set_xlabel("seconds from the command's start to its exit")
    axes.spines[["top", "right"]].set_visible(False)
    with mpl.rc_context({"svg.hashsalt": "benchmark", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})
