"""Opens what runs are read from: an MLflow store, or a file of run records."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.joined import join
from analysis.runs import Run, Runs, Sweep

_SQLITE = "sqlite:///"
_KEY = 8
_PATIENCE = 20  # seconds, as MLflow waits for a writer
_EXPERIMENTS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'experiments'"


def read(source: str | Path | None = None, experiments: Sequence[str] = ()) -> Runs:
    """Read the runs of `source`: a store's URI, an SQLite file, or a file of run records.

    None is the store that MLflow itself would use here: MLFLOW_TRACKING_URI, or ./mlflow.db.
    Raises `AnalysisError` where there is none.
    """
    if source is not None and "://" not in str(source):
        path = Path(source)
        if not path.is_file():
            msg = f"There is no file {path}: give an MLflow store's URI, its .db, or run records."
            raise AnalysisError(msg)
        if path.suffix == ".zip":
            from analysis.archive import read_archive

            return _of(read_archive(path), experiments)
        source = f"{_SQLITE}{path.resolve().as_posix()}"
    from analysis.store import default_uri, read_store

    uri = default_uri() if source is None else str(source)
    if uri.startswith(_SQLITE):
        _check(Path(uri.removeprefix(_SQLITE)))
    return read_store(uri, experiments)


def read_all(sources: Sequence[str | Path], experiments: Sequence[str] = ()) -> Runs:
    """Read the runs of several sources as one; of none, those of the store that `read` takes.

    Raises `AnalysisError` as `read` does, and for an experiment that no source has.
    """
    if len(sources) < 2:  # noqa: PLR2004 - nothing to join
        return read(sources[0] if sources else None, experiments)
    return _of(join([read(source) for source in sources]), experiments)


def _check(path: Path) -> None:
    """Refuse a file that is no store: MLflow would make its tables in a database of others."""
    if not path.is_file():
        msg = (
            f"There is no MLflow store {path.as_posix()} here: run a sweep first, or say with"
            " --from where the runs are."
        )
        raise AnalysisError(msg)
    why = "it has no experiments"
    try:
        place = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(place, timeout=_PATIENCE, uri=True)) as database:
            if database.execute(_EXPERIMENTS).fetchone() is not None:
                return
    except sqlite3.DatabaseError as error:
        why = str(error)
    msg = (
        f"{path.as_posix()} can't be read as an MLflow store ({why}): give a store's URI, its .db,"
        " or run records, whose name ends in .zip."
    )
    raise AnalysisError(msg)


def of_sweep(runs: Runs, name: str) -> Runs:
    """Give the runs of the sweeps whose name or key begins with `name`.

    Runs that a sweep used without training them are its own too. Raises `AnalysisError` if no
    sweep is called so.
    """
    sweeps = [one for one in runs.sweeps if one.name.startswith(name) or one.key.startswith(name)]
    if not sweeps:
        msg = f"No sweep is called {name!r}. There are:{one_a_line(runs.sweeps)}"
        raise AnalysisError(msg)
    keys = {one.key for one in sweeps}
    found = [
        run
        for run in runs
        if run.tags.get("sweeps.sweep") in keys
        or any(f"sweeps.used_by.{key}" in run.tags for key in keys)
    ]
    return Runs(found, sweeps, runs.kept)


def one_a_line(sweeps: Iterable[Sweep]) -> str:
    """List sweeps under each other by name, each after as much of its key as tells it from others.

    Either can be given to `of_sweep`.
    """
    lines = sorted(f"\n  {one.key[:_KEY]}  {one.name}" for one in sweeps)
    return "".join(dict.fromkeys(lines)) or " none."


def since(runs: Runs, date: str) -> Runs:
    """Give the runs that began at `date` or later: 2026-11-24, or 2026-11-24T09:30, local time.

    Raises `AnalysisError` for what is no date.
    """
    try:
        first = datetime.fromisoformat(date).astimezone().timestamp() * 1000
    except ValueError:
        msg = f"--since {date!r} is no date: write 2026-11-24 or 2026-11-24T09:30."
        raise AnalysisError(msg) from None
    return Runs([run for run in runs if run.start_ms >= first], runs.sweeps, runs.kept)


def _of(runs: Runs, experiments: Sequence[str]) -> Runs:
    known = {run.experiment for run in runs}
    unknown = [name for name in experiments if name not in known]
    if unknown:
        msg = f"There is no experiment {', '.join(unknown)}: there are {', '.join(sorted(known))}."
        raise AnalysisError(msg)

    def asked(run: Run) -> bool:
        return not experiments or run.experiment in experiments

    return Runs([run for run in runs if asked(run)], runs.sweeps, runs.kept)
