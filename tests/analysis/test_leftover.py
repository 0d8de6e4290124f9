"""Runs of no section: which they are, and which of them are drawn."""

from dataclasses import replace
from typing import Any

from analysis.building import build
from analysis.cells import Rules
from analysis.chapters.leftover import chapter
from analysis.document import Paragraph, Picture
from analysis.experiments import Experiment
from analysis.sections import Cells

SECTION = Cells.model_validate(
    {
        "title": "Activation",
        "section": 1,
        "seeds": [0],
        "cells": [{"name": "tanh", "where": {"activation": "tanh"}}],
        "metrics": [{"name": "test_accuracy"}],
    }
)


def test_the_best_settings_are_drawn_and_the_rest_counted(made: Any) -> None:
    for at in range(9):
        made.add({"learning_rate": 0.1 * (at + 1), "activation": "tanh"}, 0.5 + 0.04 * at)
    runs = made.all()
    found = chapter(runs, list(runs), Rules())
    assert found is not None
    (picture,) = (block for block in found.blocks if isinstance(block, Picture))
    told = "The 7 of the highest mean test accuracy (%) are drawn; 2 are left out."
    assert picture.note == told
    names = picture.plot.frame()["line"].unique().tolist()
    assert names == [f"learning_rate {0.1 * at:g}" for at in range(9, 2, -1)]


def test_a_copy_of_a_run_that_a_section_counts_is_none(made: Any) -> None:
    run = made.add({"activation": "tanh", "seed": 0}, 0.8)
    made.add({"activation": "relu", "seed": 0}, 0.7)
    copy = replace(run, run_id="f" * 32)
    made.runs.append(copy)
    page = build(made.all(), [Experiment("activation", "", SECTION)], Rules())
    texts = [block.text for block in page.blocks() if isinstance(block, Paragraph)]
    assert "1 runs in 1 settings. No section selects them." in texts
