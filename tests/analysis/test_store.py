"""Runs read from a real MLflow store, and the words for what isn't there."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric

from analysis.errors import AnalysisError
from analysis.reading import of_sweep, read, since


def test_a_store_gives_back_what_was_delivered(
    activations: Any, deliver: Callable[[Any], str]
) -> None:
    told = activations.all()
    found = read(deliver(activations))
    assert [run.params for run in found] == [run.params for run in told]
    assert [run.metrics for run in found] == [run.metrics for run in told]
    assert [run.identity for run in found] == [run.identity for run in told]
    assert [sweep.command for sweep in found.sweeps] == ["python train.py -m activation=tanh"]
    for own, theirs in zip(told.curves(list(told)), found.curves(list(found)), strict=True):
        np.testing.assert_array_equal(own["validation_loss"], theirs["validation_loss"])
    pairs = zip(told.correct(list(told), "test"), found.correct(list(found), "test"), strict=True)
    for bits, again in pairs:
        np.testing.assert_array_equal(bits, again)


def test_runs_that_kept_no_file_have_curves_of_their_metrics(mlflow_store: str) -> None:
    client = MlflowClient(mlflow_store)
    run_id = client.create_run(client.create_experiment("plain")).info.run_id
    steps = [Metric("loss", 1 / step, 1000 + step, step) for step in (1, 2, 3)]
    client.log_batch(run_id, [*steps, Metric("accuracy", 0.5, 1004, 3)])
    runs = read(mlflow_store)
    (curves,) = runs.curves(list(runs))
    assert list(curves) == ["epoch", "loss"]
    np.testing.assert_allclose(curves["loss"], [1, 1 / 2, 1 / 3], rtol=1e-6)


def test_what_is_not_there_is_said(
    activations: Any,
    deliver: Callable[[Any], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uri = deliver(activations)
    with pytest.raises(AnalysisError, match="no experiment other: it has Default, made"):
        read(uri, ["other"])
    with pytest.raises(AnalysisError, match="There is no file"):
        read(tmp_path / "none.db")
    with pytest.raises(
        AnalysisError, match=r"No sweep is called 'x'\. There are:\n  sweep-1  activation"
    ):
        of_sweep(read(uri), "x")
    with pytest.raises(AnalysisError, match="'yesterday' is no date"):
        since(read(uri), "yesterday")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AnalysisError, match=r"There is no MLflow store .*mlflow\.db"):
        read()
    assert list(tmp_path.iterdir()) == [], "looking for a store makes none"


def test_a_file_that_is_no_store_is_said_and_stays_as_it_is(tmp_path: Path) -> None:
    text, empty, others = (tmp_path / name for name in ("foo.txt", "empty.db", "others.db"))
    text.write_text("no database\n" * 100, encoding="utf-8")
    empty.touch()
    with closing(sqlite3.connect(others)) as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for path, why in (
        (text, "file is not a database"),
        (empty, "it has no experiments"),
        (others, "it has no experiments"),
    ):
        for source in (path, f"sqlite:///{path.as_posix()}"):
            with pytest.raises(AnalysisError, match=f"can't be read as an MLflow store .{why}"):
                read(source)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("uri", ["nothing://here", "mysql+nothing://here/x"])
def test_a_store_of_no_known_kind_is_said(uri: str) -> None:
    with pytest.raises(AnalysisError, match=f"The MLflow store {re.escape(uri)} can't be read: "):
        read(uri)


def test_a_table_that_is_no_text_is_said(
    activations: Any,
    deliver: Callable[[Any], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs = read(deliver(activations))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "check.csv").write_bytes(b"a,b\n\xff,2\n")
    with pytest.raises(AnalysisError, match=r"check\.csv is no text in UTF-8"):
        runs.kept.table("check.csv")


def test_runs_are_chosen_by_sweep_and_by_date(
    activations: Any, deliver: Callable[[Any], str]
) -> None:
    activations.add({"seed": 50}, 0.8, tags={"sweeps.sweep": "sweep-2"})
    activations.add({"seed": 51}, 0.8, tags={"sweeps.sweep": "x", "sweeps.used_by.sweep-1": "p"})
    runs = read(deliver(activations))
    assert len(runs) == 32
    assert len(of_sweep(runs, "activ")) == 31
    assert len(since(runs, "1970-01-01")) == 32
    assert len(since(runs, "2026-01-01")) == 0
