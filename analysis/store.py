"""Runs from an MLflow store, by MLflow's public API alone."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities import Run as StoredRun
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from analysis.errors import AnalysisError
from analysis.runs import Bits, Curves, Run, Runs, Sweep

_PAGE = 1000
_AT_ONCE = 8
CURVES_FILE = "curves.csv"


def default_uri() -> str:
    """Give the store that MLflow uses when it isn't told."""
    return str(mlflow.get_tracking_uri())


def read_store(uri: str, experiments: Sequence[str] = ()) -> Runs:
    """Read every run of a store, or of some of its experiments.

    Raises `AnalysisError` where there is no such store or experiment.
    """
    try:
        client = MlflowClient(uri)
        known = {one.name: one.experiment_id for one in client.search_experiments()}
    except (MlflowException, SQLAlchemyError, ImportError) as error:
        msg = f"The MLflow store {uri} can't be read: {str(error).strip().splitlines()[0]}"
        raise AnalysisError(msg) from error
    unknown = [name for name in experiments if name not in known]
    if unknown:
        msg = f"{uri} has no experiment {', '.join(unknown)}: it has {', '.join(sorted(known))}."
        raise AnalysisError(msg)
    names = {known[name]: name for name in experiments or known}
    runs, sweeps = [], []
    for stored in _search(client, list(names)):
        if stored.data.tags.get("sweeps.kind") == "sweep":
            sweeps.append(_sweep(stored))
        elif stored.data.params or stored.data.metrics:
            runs.append(_run(stored, names[stored.info.experiment_id]))
    return Runs(sorted(runs, key=_age), sorted(sweeps, key=lambda one: one.run_id), Kept(client))


def keep(runs: Runs, run_id: str, folder: Path, names: Iterable[str]) -> None:
    """Keep the files `names` of a folder as artifacts of a run of the store that has `runs`."""
    if not isinstance(runs.kept, Kept):
        msg = "these runs were read from no store"
        raise TypeError(msg)
    under = PurePosixPath(folder.resolve().name)
    for name in names:
        place = (under / name).parent.as_posix()
        runs.kept.client.log_artifact(run_id, str(folder / name), place)


def _age(run: Run) -> tuple[int, str]:
    return run.start_ms, run.run_id


def _search(client: MlflowClient, experiment_ids: list[str]) -> Iterator[StoredRun]:
    token = None
    while True:
        page = client.search_runs(experiment_ids, max_results=_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _run(stored: StoredRun, experiment: str) -> Run:
    tags = dict(stored.data.tags)
    return Run(
        run_id=stored.info.run_id,
        name=stored.info.run_name or stored.info.run_id,
        experiment=experiment,
        status=stored.info.status,
        start_ms=stored.info.start_time or 0,
        params=dict(stored.data.params),
        metrics=dict(stored.data.metrics),
        tags=tags,
        artifacts=stored.info.artifact_uri,
    )


def _sweep(stored: StoredRun) -> Sweep:
    tags = stored.data.tags
    return Sweep(
        key=tags.get("sweeps.sweep", stored.info.run_id),
        name=stored.info.run_name or stored.info.run_id,
        command=tags.get("mlflow.source.name", ""),
        run_id=stored.info.run_id,
    )


class Kept:
    """The files of a store's runs; those of a server are fetched several at a time."""

    def __init__(self, client: MlflowClient) -> None:
        self.client = client

    def curves(self, runs: Sequence[Run]) -> list[Curves]:
        """Give each run's curves, from its curves.csv or, without one, from its metrics."""
        texts = self._files(runs, CURVES_FILE)
        return [
            self._logged(run) if data is None else parsed(data.decode("utf-8"))
            for run, data in zip(runs, texts, strict=True)
        ]

    def correct(self, runs: Sequence[Run], name: str) -> list[Bits | None]:
        """Give each run's NAME_correct.npy."""
        files = self._files(runs, f"{name}_correct.npy")
        return [None if data is None else _array(data) for data in files]

    def table(self, name: str) -> str | None:
        """Give a CSV file of the working folder. Raises `AnalysisError` if it is no text."""
        path = Path(name)
        try:
            return path.read_text(encoding="utf-8") if path.is_file() else None
        except UnicodeDecodeError as error:
            msg = f"{path} is no text in UTF-8: its byte {error.start + 1} can't be read so."
            raise AnalysisError(msg) from error

    def _files(self, runs: Sequence[Run], name: str) -> list[bytes | None]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(lambda run: self._file(run, name), runs))

    def _file(self, run: Run, name: str) -> bytes | None:
        try:
            path = download_artifacts(
                artifact_uri=f"{run.artifacts}/{name}", tracking_uri=self.client.tracking_uri
            )
            return Path(path).read_bytes()
        except (MlflowException, OSError):
            return None

    def _logged(self, run: Run) -> Curves:
        """Put together the curves of a run that kept no file of them: 6 ms a curve."""
        points = {
            name: {point.step: point.value for point in history}
            for name in run.metrics
            if len(history := self.client.get_metric_history(run.run_id, name)) > 1
        }
        steps = sorted({step for curve in points.values() for step in curve})
        curves = {"epoch": np.array(steps, np.float32)}
        for name, curve in points.items():
            curves[name] = np.array([curve.get(step, math.nan) for step in steps], np.float32)
        return curves if steps else {}


def parsed(text: str) -> Curves:
    """Read the curves of a CSV file: a column each, a row an epoch."""
    header, *rows = csv.reader(io.StringIO(text))
    if not rows:
        return {}
    columns = np.array(rows, np.float64).T.astype(np.float32)
    return dict(zip(header, columns, strict=True))


def _array(data: bytes) -> Bits:
    loaded = np.load(io.BytesIO(data), allow_pickle=False)
    return np.asarray(loaded, np.bool)
