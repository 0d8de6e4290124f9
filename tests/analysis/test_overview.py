"""Any sweep at a glance, and the notebook that shows how."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis import overview
from analysis.errors import AnalysisError
from analysis.figures.scatter import Scatter

NOTEBOOK = Path(__file__).resolve().parents[2] / "examples" / "report.ipynb"


@pytest.fixture
def swept(made: Any) -> Any:
    """A grid of two settings with three seeds each; the best is relu at 0.3."""
    for seed in range(3):
        for at, name in enumerate(("tanh", "relu")):
            for rate in (0.1, 0.3):
                run = made.add(
                    {"activation": name, "learning_rate": rate, "seed": seed},
                    0.7 + 0.05 * at + 0.2 * rate + 0.01 * seed,
                )
                run.metrics["training_flop"] = 1e9 * (1 + at) * (1 + seed / 10)
                curves = made.memory.curves_of[run.run_id]
                curves["validation_accuracy"] = 1 - curves["validation_loss"] / 2
    return made


def test_the_table_has_a_row_a_setting_the_best_first(swept: Any) -> None:
    found = overview.table(swept.all())
    assert found["activation"].tolist() == ["relu", "relu", "tanh", "tanh"]
    assert found["learning_rate"].tolist() == ["0.3", "0.1", "0.3", "0.1"]
    assert found["n"].tolist() == [3] * 4
    assert found["test accuracy (%)"].iloc[0] == pytest.approx(82.0)
    assert (found["test accuracy (%) low"] < found["test accuracy (%)"]).all()


def test_grouping_by_less_than_what_differs_is_refused_in_the_cell(swept: Any) -> None:
    found = overview.table(swept.all(), by=["activation"])
    assert found["n"].tolist() == [0, 0]
    assert "mixes learning_rate 0.1 and 0.3" in found["notes"].iloc[0]


def test_the_heat_map_has_the_best_of_all_else(swept: Any) -> None:
    found = overview.heat(swept.all(), "activation", "learning_rate")
    assert (found.x, found.y) == (["relu", "tanh"], ["0.1", "0.3"])
    np.testing.assert_allclose(found.means, [[78, 73], [82, 77]], atol=0.2)
    assert "relu, 0.3 is highest with 82.00" in found.alt


def test_a_param_with_one_value_among_what_has_a_number_has_no_axis(swept: Any) -> None:
    for name in ("adam", "sgd"):
        params = {"activation": "relu", "learning_rate": 0.1, "optimizer": name}
        swept.add(params, None, state="failed")
    assert overview.parallel(swept.all()).params == ["activation", "learning_rate"]


def test_every_figure_draws_itself(swept: Any) -> None:
    runs = swept.all()
    for figure in (
        overview.curves(runs, "validation_loss"),
        overview.heat(runs, "activation", "learning_rate"),
        overview.parallel(runs),
        overview.against(runs, "training_flop"),
    ):
        assert isinstance(figure.draw(5), Figure)
        assert figure._repr_png_().startswith(b"\x89PNG")
        assert len(figure.frame())
        assert figure.alt


def test_curves_say_how_many_runs_are_left(made: Any) -> None:
    for seed, epochs in enumerate((4, 6, 8)):
        made.add({"seed": seed}, 0.8, epochs=epochs)
    found = overview.curves(made.all(), "validation_loss")
    assert found.frame()["n"].tolist() == [3, 3, 3, 3, 2, 2, 1, 1]
    assert "1 of 3 runs left" in found.alt


def test_the_front_is_what_no_cheaper_setting_reaches() -> None:
    x, mean = np.array([1.0, 2.0, 2.0, 3.0, 4.0]), np.array([5.0, 4.0, 7.0, 6.0, 8.0])
    names = list("abcde")
    found = Scatter(names, x, mean, mean * 0, "cost", "gain", higher=True, alt="")
    assert [names[at] for at in found.front()] == ["a", "c", "e"]
    lower = Scatter(names, x, -mean, mean * 0, "cost", "loss", higher=False, alt="")
    assert [names[at] for at in lower.front()] == ["a", "c", "e"]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda runs: overview.table(runs, by=["colour"]), "No run has a param colour"),
        (lambda runs: overview.table(runs, metrics=["taste"]), "No run has a metric taste"),
        (lambda runs: overview.curves(runs, "taste"), "No run has a curve taste"),
        (lambda runs: overview.heat(runs, "seed", "activation"), "seed has one value only"),
    ],
)
def test_what_no_run_has_is_said(swept: Any, call: Callable[[Any], Any], told: str) -> None:
    with pytest.raises(AnalysisError, match=told):
        call(swept.all())


def test_the_notebook_runs(
    swept: Any, deliver: Callable[[Any], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each cell as a notebook has it: its last expression is what is shown."""
    uri = deliver(swept)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    names: dict[str, Any] = {}
    shown: list[Any] = []
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        assert cell["outputs"] == [], "kept without outputs"
        tree = ast.parse(cell["source"])
        last = tree.body.pop()
        exec(compile(tree, "notebook", "exec"), names)
        assert isinstance(last, ast.Expr)
        value = eval(compile(ast.Expression(last.value), "notebook", "eval"), names)
        shown.append(value)
    assert isinstance(shown[0], pd.DataFrame)
    assert sum(hasattr(value, "_repr_png_") for value in shown) == 4
