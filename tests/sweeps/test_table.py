"""The answer: best first, over seeds if they were swept, with failures and the way to the UI."""

import csv
import io
import math
import socket
from typing import Any

import pytest
from rich.console import Console

from sweeps.answer import free_port, show, ui_command
from sweeps.export import best_values, runs_csv
from sweeps.plan import Decision
from sweeps.results import Results
from sweeps.table import groups_table, number, runs_table

NAMES = ("tanh", "sigmoid", "relu")


@pytest.fixture
def seeds(make_sweep: Any) -> Any:
    swept = [
        {"activation": name, "learning_rate": "0.02", "seed": seed}
        for seed in ("0", "1", "2")
        for name in NAMES
    ]
    made = make_sweep(swept)
    for number_, job in enumerate(made.plan.jobs):
        name = job.definition.name
        value, accuracy = 0.5 - 0.01 * number_, 0.85 + 0.001 * number_
        made.write(name, *made.begin(name), *made.finish(10, value, accuracy=accuracy))
    return made


def read(made: Any) -> Results:
    return Results.read(made.launch("sqlite:///mlflow.db"), made.store)


def printed(results: Results, width: int, *, terminal: bool = True) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None)
    show(results, console, "sqlite:////there/mlflow.db", "One seed: mind the noise.")
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_runs_stand_best_first_and_those_without_a_value_last(make_sweep: Any) -> None:
    made = make_sweep([{"activation": name} for name in (*NAMES, "elu", "gelu")])
    for name, value in (("tanh", 0.3), ("sigmoid", math.nan), ("relu", 0.2)):
        made.write(name, *made.begin(name), *made.finish(10, value))
    made.write("elu", *made.begin("elu"), *made.fail(3, "the loss became nan"))
    table = runs_table(read(made))
    assert (*table.settings, *table.figures) == (
        "activation",
        "validation_loss",
        "test_accuracy %",
        "best_epoch",
        "seconds",
        "state",
    )
    assert table.rows == (
        ("relu", "0.2000", "88.00", "10", "10.0", "finished"),
        ("tanh", "0.3000", "88.00", "10", "10.0", "finished"),
        ("sigmoid", "nan", "88.00", "10", "10.0", "finished"),
        ("elu", "", "", "", "3.5", "failed"),
        ("gelu", "", "", "", "", "waiting"),
    )


def test_reused_runs_are_marked(three: Any) -> None:
    three.write("tanh", *three.begin("tanh"), *three.finish(10, 0.5))
    assert runs_table(read(three.decided(Decision.REUSE))).rows[0][-1] == "finished (reused)"


def test_over_seeds_the_settings_stand_with_mean_and_range(seeds: Any) -> None:
    results = read(seeds)
    assert results.seeds_swept
    table = groups_table(results)
    assert (*table.settings, *table.figures) == (
        "activation",
        "learning_rate",
        "n",
        "validation_loss",
        "test_accuracy %",
        "best_epoch",
    )
    # Independently: relu is the third of each seed, at 0.48, 0.45 and 0.42.
    relu = ("relu", "0.02", "3", "0.4500 (0.4200–0.4800)", "85.50 (85.20–85.80)", "10")
    assert table.rows[0] == relu
    assert [row[0] for row in table.rows] == ["relu", "sigmoid", "tanh"]


def test_a_setting_with_a_failed_seed_says_how_many_finished(make_sweep: Any) -> None:
    made = make_sweep([{"activation": "tanh", "seed": seed} for seed in ("0", "1")])
    made.write("tanh seed=0", *made.begin("tanh seed=0"), *made.finish(10, 0.5))
    made.write("tanh seed=1", *made.begin("tanh seed=1"), *made.fail(3, "no"))
    (row,) = groups_table(read(made)).rows
    assert row[:3] == ("tanh", "1 of 2", "0.5000")


def test_one_seed_gets_a_warning_and_several_do_not(three: Any, seeds: Any) -> None:
    assert "mind the noise" in printed(read(three), 100)
    assert "mind the noise" not in printed(read(seeds), 100)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_number_is_cut_off_however_narrow_the_terminal(three: Any, width: int) -> None:
    for name in NAMES:
        three.write(name, *three.begin(name), *three.finish(10, 0.2461))
    said = printed(read(three), width)
    assert "…" not in said
    assert max(len(line) for line in said.split("Curves:")[0].splitlines()) <= width
    if width >= 80:
        assert said.count("0.2461") == 3


def test_in_a_file_a_row_is_a_line(seeds: Any) -> None:
    said = printed(read(seeds), 40, terminal=False)
    assert sum("0.4500 (0.4200–0.4800)  85.50 (85.20–85.80)" in x for x in said.splitlines()) == 1


def test_failures_are_listed_with_reason_and_log(three: Any) -> None:
    failed = three.fail(3, "the loss became nan [in epoch 3]", "out/0/run.log")
    three.write("tanh", *three.begin("tanh"), *failed)
    said = printed(read(three), 60)
    assert "failed  tanh: the loss became nan [in epoch 3]\n" in said
    assert "log: out/0/run.log\n" in said
    assert "waiting  relu\n" in said


def test_a_long_table_shows_its_best_and_says_where_the_rest_is(make_sweep: Any) -> None:
    made = make_sweep([{"width": f"{number:03d}"} for number in range(60)])
    for job in made.plan.jobs:
        name = job.definition.name
        made.write(name, *made.begin(name), *made.finish(1, float(job.number + 1)))
    said = printed(read(made), 100)
    shown = [line.split()[0] for line in said.splitlines() if "finished" in line]
    assert shown == [f"{number:03d}" for number in range(20)]
    assert "The best 20 of 60" in said


def test_markdown_and_csv_hold_every_run_and_fractions_stay_fractions(seeds: Any) -> None:
    results = read(seeds)
    rows = list(csv.DictReader(io.StringIO(runs_csv(results))))
    assert len(rows) == 9
    assert rows[0]["run"] == "relu 0.02 seed=2"
    assert (rows[0]["value"], rows[0]["test_accuracy"]) == ("0.42", "0.858")
    assert [rows[0][key] for key in ("activation", "learning_rate", "seed")] == [
        "relu",
        "0.02",
        "2",
    ]
    assert runs_table(results).markdown().count("\n| ") == 2 + 9 - 1 + 1
    assert best_values(results) == {"best_validation_loss": 0.42}


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, ""), (0.33456, "0.3346"), (12.0, "12"), (1e-7, "1.000e-07"), (math.inf, "inf")],
)
def test_numbers_have_four_digits(value: float | None, written: str) -> None:
    assert number(value) == written


def test_the_ui_opens_on_a_port_that_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) != port
    command = ui_command("sqlite:////there/mlflow.db")
    assert command.startswith('mlflow ui --backend-store-uri "sqlite:////there/mlflow.db" --port ')
    assert ui_command("http://localhost:5000") == "http://localhost:5000"
