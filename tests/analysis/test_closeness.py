"""How close cells come, counted alike whether or not there are runs yet."""

from pathlib import Path
from typing import Any

import pytest

from analysis.building import build
from analysis.cells import Rules, fill
from analysis.closeness import closeness
from analysis.document import Table
from analysis.experiments import experiments
from analysis.sections import Cell, Metric
from analysis.tables import Measured, measure

METRIC = Metric(name="test_accuracy", percent=True)
TWICE = """\
report:
  title: {title}
  section: {section}
  seeds: [0, 1]
  select: {select}
  cells:
    - {{name: {name}, where: {where}, published: {{test_accuracy: 84.31}}}}
    - name: "25"
      where: {{hidden_units: [25], activation: tanh}}
      published: {{test_accuracy: 80}}
  metrics: [{{name: test_accuracy, percent: true}}]
"""
SEARCH = """\
report:
  kind: variants
  title: What was left unsaid
  section: 8
  seeds: [0, 1]
  cells:
    - {name: tanh, where: {activation: tanh}, published: {test_accuracy: 84.31}}
    - {name: relu, where: {activation: relu}}
  metrics: [{name: test_accuracy, percent: true}]
  variants: [{name: faithful, where: {}}]
"""


def cells(made: Any, *named: tuple[str, dict[str, Any], dict[str, Any]]) -> list[Measured]:
    runs = made.all()
    found = []
    for name, select, where in named:
        cell = Cell(name=name, where=where, published={"test_accuracy": 80.0})
        found.append(measure(runs, fill(runs, cell, select, (0, 1), Rules()), METRIC))
    return found


@pytest.mark.parametrize("with_runs", [True, False])
def test_a_cell_of_two_tables_counts_once_with_runs_and_without(
    made: Any, *, with_runs: bool
) -> None:
    for seed in (0, 1) if with_runs else ():
        made.add({"activation": "tanh", "seed": seed}, 0.8)
    found = closeness(
        cells(
            made,
            ("tanh", {"hidden_units": [50]}, {"activation": "tanh"}),
            ("50", {"activation": "tanh"}, {"hidden_units": "[50]"}),
            ("25", {"activation": "tanh"}, {"hidden_units": [25]}),
        )
    )
    assert found.of == 2


def test_the_cell_of_the_largest_miss_has_a_name_that_says_something(made: Any) -> None:
    made.add({"activation": "tanh", "hidden_units": "[25]"}, 0.9)
    (bare,) = cells(made, ("25", {}, {"hidden_units": [25]}))
    assert closeness([bare]).where == "hidden units 25"
    (mixed,) = cells(made, ("tanh, 25", {}, {"activation": "tanh", "hidden_units": [25]}))
    assert closeness([mixed]).where == "tanh, hidden units 25"
    (told,) = cells(made, ("few units", {}, {"hidden_units": [25]}))
    assert closeness([told]).where == "few units"


@pytest.fixture
def summary(made: Any, tmp_path: Path) -> Table:
    for seed in (0, 1):
        made.add({"activation": "tanh", "hidden_units": "[25]", "seed": seed}, 0.9)
    texts = {
        "a": TWICE.format(
            title="Activation",
            section=5,
            select="{hidden_units: [50]}",
            name="tanh",
            where="{activation: tanh}",
        ),
        "b": TWICE.format(
            title="Width",
            section=6,
            select="{activation: tanh}",
            name='"50"',
            where="{hidden_units: [50]}",
        ),
        "c": SEARCH,
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    document = build(made.all(), experiments([tmp_path]), Rules())
    return next(table for table in document.tables if table.slug == "closeness")


def test_the_summary_says_of_how_many_cells_and_which_sections_have_others(
    summary: Table,
) -> None:
    (row,) = summary.rows
    assert row[2] == "1 of 2"
    assert row[5] == "+10.00 at hidden units 25"
    assert "8 What was left unsaid (1)" in summary.note
