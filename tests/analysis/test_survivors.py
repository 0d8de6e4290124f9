"""A mean over those runs that have a number never looks like one over all that were asked for."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from analysis.building import build
from analysis.cells import Rules
from analysis.chapters import curves, plots
from analysis.document import Document
from analysis.experiments import experiments
from analysis.output import latex, markdown
from analysis.output.page import page
from analysis.sections import Cell, Metric
from analysis.tables import Measured, measure

EXPERIMENT = """\
report:
  title: Activation
  seeds: [0, 1, 2, 3, 4]
  select: {learning_rate: 0.1}
  cells:
    - {name: tanh, where: {activation: tanh}}
    - {name: relu, where: {activation: relu}}
    - {name: elu, where: {activation: elu}}
  metrics:
    - {name: test_accuracy, percent: true}
    - {name: quick, of: "validation_loss@<0.32", decimals: 1}
  figures: [{kind: points, title: Points}]
"""


@pytest.fixture
def document(made: Any, tmp_path: Path) -> Document:
    """Two of relu's five runs diverge; two of tanh's get below the limit; elu has no run."""
    for seed in range(5):
        made.add({"activation": "tanh", "seed": seed}, 0.9 if seed < 2 else 0.75)
        reason = {"sweeps.reason": "diverged: the loss is nan"} if seed > 2 else {}
        state = "failed" if seed > 2 else "finished"
        made.add(
            {"activation": "relu", "seed": seed},
            None if seed > 2 else 0.7,
            state=state,
            tags=reason,
        )
    (tmp_path / "activation.yaml").write_text(EXPERIMENT, encoding="utf-8")
    return build(made.all(), experiments([tmp_path]), Rules())


def table(document: Document) -> Any:
    return next(one for one in document.tables if one.slug == "activation")


def test_every_form_of_the_table_has_k_of_n_beside_the_mean(document: Document) -> None:
    (picture,) = document.pictures
    html = re.sub(r"<[^>]*>", "", page(document, {picture.slug: "<svg "}))
    for text in (html, markdown.table(table(document)), latex.table(table(document))):
        assert "70.00 (3 of 5)" in text, "diverged"
        assert "81.00 (" not in text, "whole"
        assert re.search(r"5\.0 \S{1,20} ?0\.0 \(2 of 5\)", text), "a metric that some runs lack"
    rows = {row[0].text: row for row in table(document).rows}
    quick = table(document).head.index("quick")
    assert rows["relu"][quick] == "0 of 5", "a metric that no run has"
    assert (rows["elu"][1], rows["elu"][2], rows["elu"][quick]) == ("0 of 5", "–", "–")
    assert "k of n" in table(document).note


def test_the_csv_has_k_and_n(document: Document, tmp_path: Path) -> None:
    table(document).frame.to_csv(tmp_path / "table.csv", index=False)
    with (tmp_path / "table.csv").open(newline="") as file:
        found = {(row["cell"], row["metric"]): row for row in csv.DictReader(file)}
    relu, tanh = found["relu", "test accuracy (%)"], found["tanh", "quick"]
    assert (relu["n"], relu["expected"], relu["notes"]) == ("3", "5", "2 diverged")
    assert (tanh["n"], tanh["expected"]) == ("2", "5")


def test_the_figure_says_it_in_label_mark_and_words(document: Document) -> None:
    (picture,) = document.pictures
    assert "relu: 3 of 5 runs; 2 diverged" in picture.plot.alt
    assert "tanh:" not in picture.plot.alt
    axes = picture.plot.draw(6.4).axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["tanh", "relu\n3 of 5 runs; 2 diverged", "elu\n0 of 5 runs; 5 missing"]
    assert "of some runs only" in [text.get_text() for text in axes.get_legend().get_texts()]
    frame = picture.plot.frame()
    assert frame["is_whole"].tolist() == [True, False, False]


def column(made: Any, of: str) -> list[Measured]:
    from analysis.cells import fill

    runs = made.all()
    filled = [
        fill(runs, Cell(name=name, where={"activation": name}), {}, range(5), Rules())
        for name in ("tanh", "relu")
    ]
    return [measure(runs, one, Metric(name="it", of=of, decimals=1)) for one in filled]


def test_a_figure_against_a_setting_says_it_too(made: Any, document: Document) -> None:
    assert document
    lines = plots.lines(
        {"learning_rate": 0.1},
        column(made, "test_accuracy"),
        "learning_rate",
        "activation",
        log=False,
    )
    assert "relu: 3 of 5 runs; 2 diverged" in lines.alt
    heat = plots.heat(
        {"learning_rate": 0.1}, column(made, "validation_loss@<0.32"), "learning_rate", "activation"
    )
    assert "tanh: 2 of 5 runs; 3 without this number" in heat.alt


def test_a_curve_of_survivors_is_named_so(made: Any, document: Document) -> None:
    assert document
    filled = [one.filled for one in column(made, "test_accuracy")]
    drawn = curves.plot(made.all(), filled, [curves.told("validation_loss")])
    assert drawn is not None
    assert [line.name for line in drawn.panels[0].lines] == ["tanh", "relu (3 of 5 runs)"]
