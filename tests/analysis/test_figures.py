"""What figures show, and what their words say of it."""

import math
from typing import Any

import numpy as np
import pytest

from analysis.cells import Rules, fill
from analysis.chapters import curves, plots
from analysis.figures.lines import Lines
from analysis.figures.points import Point, Points
from analysis.sections import Cell, Metric, Reference
from analysis.tables import measure

LONG, SHORT = (10, 12, 20, 40), (8, 9, 11, 30)


def cell(made: Any, name: str, epochs: tuple[int, ...], accuracy: float) -> Any:
    for seed, last in enumerate(epochs):
        made.add({"activation": name, "seed": seed}, accuracy, epochs=last)
    found = Cell(name=name, where={"activation": name})
    return fill(made.all(), found, {}, range(len(epochs)), Rules())


def drawn(made: Any, *filled: Any) -> Lines:
    found = curves.plot(made.all(), filled, [curves.told("validation_loss")])
    assert found is not None
    return found


def test_a_curve_ends_where_fewer_than_half_of_its_runs_are_left(made: Any) -> None:
    lines = drawn(made, cell(made, "relu", LONG, 0.7), cell(made, "tanh", SHORT, 0.8))
    axes, strip = lines.draw().axes
    ends = [line.get_xdata()[np.isfinite(line.get_ydata())][-1] for line in axes.get_lines()]
    assert ends == [20, 11]
    assert [line.get_xdata()[-1] for line in strip.get_lines()] == [40, 30], "n is told to the end"
    assert lines.frame().groupby("line")["epoch"].max().tolist() == [40, 30]


def test_words_compare_curves_where_all_runs_are(made: Any) -> None:
    lines = drawn(made, cell(made, "relu", LONG, 0.7), cell(made, "tanh", SHORT, 0.8))
    assert "at epoch 8, the last that all runs have" in lines.alt
    assert "highest relu 0.425 (n=4), lowest tanh 0.325 (n=4)" in lines.alt
    assert "fewer than half" in lines.alt


def test_curves_that_share_no_epoch_are_told_each_at_its_own(made: Any) -> None:
    early, late = cell(made, "tanh", SHORT, 0.8), cell(made, "relu", LONG, 0.7)
    for run in late.used:
        own = made.memory.curves_of[run.run_id]
        made.memory.curves_of[run.run_id] = {**own, "epoch": own["epoch"] + 100}
    told = drawn(made, early, late).alt
    assert "each at the last epoch that all of its own runs have" in told
    assert "relu 0.4 (epoch 110, n=4)" in told
    assert "tanh 0.325 (epoch 8, n=4)" in told


def test_one_run_is_called_no_mean(made: Any) -> None:
    assert drawn(made, cell(made, "relu", (8,), 0.7)).alt.startswith("Single runs at epoch 8.")


def test_a_curve_without_any_number_is_no_line(made: Any) -> None:
    filled = cell(made, "relu", (8,), 0.7)
    own = made.memory.curves_of[filled.used[0].run_id]
    own["validation_loss"] = np.full(8, np.nan, np.float32)
    assert curves.plot(made.all(), [filled], [curves.told("validation_loss")]) is None


def row(name: str, mean: float, published: float = math.nan) -> Point:
    return Point(name, 3, mean, mean - 0.5, mean + 0.5, mean - 1, mean + 1, published)


def shown(*rows: Point) -> Any:
    return Points(rows, "accuracy", "").draw().axes[0]


def legend(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_both_intervals_are_named() -> None:
    assert legend(shown(row("a", 84, published=83))) == [
        "mean over seeds",
        "95% over seeds",
        "95% over seeds and test examples",
        "published",
    ]
    alone = Point("a", 3, 84, 83, 85, 83, 85)
    assert legend(shown(alone)) == ["mean over seeds", "95% over seeds"]


@pytest.mark.parametrize("width", [4, 5.5, 6.4, 12])
def test_the_legend_fits_every_width_that_is_allowed(width: float) -> None:
    few = Point("b", 2, 80, 79, 81, 78, 82, 81, "2 of 3 runs; 1 diverged", is_whole=False)
    figure = Points([row("a", 84, 83), few], "accuracy", "").draw(width)
    figure.draw_without_rendering()
    box = figure.axes[0].get_legend().get_window_extent()  # type: ignore[union-attr]
    assert box.x0 >= 0
    assert box.y1 <= figure.bbox.y1


@pytest.mark.parametrize(("mean", "marker"), [(10.114, "<"), (300.5, ">")])
def test_a_cell_far_out_does_not_hide_the_others(mean: float, marker: str) -> None:
    usual = [
        row(name, value) for name, value in zip("abcde", (79, 82.4, 83, 84.9, 85), strict=True)
    ]
    axes = shown(*usual, row("f", mean))
    low, high = axes.get_xlim()
    assert 70 < low < 78
    assert 85.5 < high < 95
    assert f"{mean:.4g}" in [text.get_text() for text in axes.texts]
    assert marker in [line.get_marker() for line in axes.get_lines()]


def test_what_is_merely_low_stays_on_the_axis() -> None:
    axes = shown(row("tanh", 83.3, 84.3), row("sigmoid", 84.9, 84.5), row("relu", 78.8, 74.1))
    assert axes.get_xlim()[0] < 74.1
    assert not axes.texts


def test_numbers_of_others_stand_in_the_figure(made: Any) -> None:
    filled = cell(made, "tanh", (8, 8, 8), 0.8)
    metric = Metric(name="test_accuracy", percent=True)
    beside = [
        Reference(name="a tutorial", metric="test_accuracy", value=88.3, note="one run"),
        Reference(name="another", metric="test_loss", value=0.3),
    ]
    figure = plots.points([measure(made.all(), filled, metric)], beside)
    assert "a tutorial 88.3 (one run)" in figure.alt
    assert "another" not in figure.alt
    axes = figure.draw().axes[0]
    assert [one.get_text() for one in axes.get_yticklabels()] == ["tanh", "a tutorial\none run"]
    diamonds = [line for line in axes.get_lines() if line.get_marker() == "D"]
    assert (88.3, 1) in [tuple(np.ravel(line.get_xydata())) for line in diamonds]
