"""No word of a figure is cut or lies on what is drawn, at the usual width and at the least."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from analysis.figures import style
from analysis.figures.heat import Heat
from analysis.figures.lines import Line, Lines, Panel
from analysis.figures.parallel import Parallel
from analysis.figures.scatter import Scatter

WIDTHS = pytest.mark.parametrize("width", [4.0, style.WIDTH])
LONG = "relu, batch_size 1024, early_stopping.patience none, hidden_units 47-47, learning_rate 0.01"
X = np.arange(1.0, 6.0)
ROUNDING = 1.0  # dots


def lines(names: list[str]) -> Lines:
    own = [Line(name, X, X + at, X * 0, X * 0 + 9, at) for at, name in enumerate(names)]
    return Lines(
        [Panel("validation loss", own), Panel("validation accuracy (%)", own)], "epoch", ""
    )


def drawn(figure: Figure) -> Figure:
    with style.styled():
        FigureCanvasAgg(figure).draw()
    return figure


def assert_whole(figure: Figure) -> None:
    """Nothing that is shown reaches out of the figure."""
    box, room = figure.get_tightbbox(), ROUNDING / figure.dpi
    width, height = figure.get_size_inches()
    assert box.x0 >= -room
    assert box.y0 >= -room
    assert box.x1 <= width + room
    assert box.y1 <= height + room


@WIDTHS
@pytest.mark.parametrize(
    "names",
    [["train", "validation"], [f"{LONG}, seed {at}" for at in range(7)], ["tanh", LONG, "elu"]],
    ids=["two", "seven long ones", "one long one"],
)
def test_the_legend_of_lines_stands_above_what_is_drawn(names: list[str], width: float) -> None:
    figure = drawn(lines(names).draw(width))
    assert_whole(figure)
    (legend,) = figure.legends
    assert [" ".join(one.get_text().split()) for one in legend.get_texts()] == names
    box = legend.get_window_extent()
    for axes in figure.axes:
        assert axes.get_legend() is None
        assert box.y0 >= axes.get_window_extent().y1, "above the axes"


@WIDTHS
def test_panels_keep_apart(width: float) -> None:
    figure = drawn(lines(["train", "validation"]).draw(width))
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    assert all(box is not None for box in boxes)
    first, second = boxes
    assert first is not None
    assert second is not None
    assert first.x1 <= second.x0 or first.y0 >= second.y1


def test_one_line_needs_no_legend() -> None:
    assert lines(["tanh"]).draw(style.WIDTH).legends == []


PARAMS = ["gradient", "initialization", "momentum", "momentum.coefficient", "momentum.kind", "l2"]


@WIDTHS
def test_names_of_parallel_axes_keep_apart(width: float) -> None:
    values = ["faithful_batch_1024", "faithful_batch_1024_rate_0001"]
    found = Parallel(
        PARAMS,
        np.array([[0.0] * 6, [1.0] * 6]),
        [[(values[0], 0.0), (values[1], 1.0)]] * 6,
        np.array([1.0, 2.0]),
        [f"{LONG} 1", f"{LONG} 2"],
        "test accuracy (%)",
        "",
    )
    figure = drawn(found.draw(width))
    assert_whole(figure)
    (axes,) = figure.axes
    (legend,) = figure.legends
    assert legend.get_window_extent().y0 >= axes.get_window_extent().y1
    labels = axes.get_xticklabels()
    assert [one.get_text() for one in labels] == [*PARAMS, "test accuracy (%)"]
    for one, other in pairwise(labels):
        across = axes.transData.transform(
            [(one.get_position()[0], 0), (other.get_position()[0], 0)]
        )
        slant = np.deg2rad(one.get_rotation())
        letters = one.get_fontsize() * figure.dpi / 72
        assert (across[1, 0] - across[0, 0]) * np.sin(slant) >= letters
    for text in axes.texts:
        right = axes.transData.transform((text.get_position()[0] + 1, 0))[0]
        assert text.get_window_extent().x1 <= right + letters, "it ends before the next axis"


@WIDTHS
def test_words_and_numbers_stay_in_their_squares(width: float) -> None:
    x = [f"value_{at}" for at in range(9)]
    y = ["faithful_batch_1024_rate_0001", "plain"]
    found = Heat(np.full((2, 9), 83.25), "activation", x, "reading", y, "accuracy", "")
    figure = drawn(found.draw(width))
    assert_whole(figure)
    (axes,) = figure.axes
    square = axes.get_window_extent().width / 9
    for one in [*axes.texts, *axes.get_xticklabels()]:
        assert one.get_window_extent().width <= square + ROUNDING, one.get_text()


@WIDTHS
def test_names_of_the_front_stand_above_it(width: float) -> None:
    values = np.array([1.0, 2.0, 3.0])
    names = [f"{LONG} {at}" for at in range(3)]
    found = Scatter(names, values, values, values * 0, "flop", "accuracy", higher=True, alt="")
    figure = drawn(found.draw(width))
    assert_whole(figure)
    (legend,) = figure.legends
    assert legend.get_window_extent().y0 >= figure.axes[0].get_window_extent().y1
    assert [one.get_text() for one in figure.axes[0].texts] == ["1", "2", "3"]
