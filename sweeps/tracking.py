"""What is delivered, in MLflow's terms: one experiment of one store, within MLflow's own limits.

This and `found` alone call MLflow, which is imported when a `Tracking` is made: by the writer,
never by a worker or for --help.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from sweeps.client import client, close
from sweeps.found import RUNS_AT_ONCE, Found, StoreAwayError, filter_of, found_of, reach
from sweeps.keys import MAXIMUM_PARAM, MAXIMUM_TAG, batches, valid_key
from sweeps.replay import Point
from sweeps.state import RunState
from sweeps.tables import make_tables
from sweeps.uris import artifacts_beside, database, is_server, local_path

_STATUS = {
    RunState.WAITING: "SCHEDULED",
    RunState.RUNNING: "RUNNING",
    RunState.FINISHED: "FINISHED",
    RunState.FAILED: "FAILED",
    RunState.INTERRUPTED: "KILLED",
}
# Of each kind, in one request of at most 1000 of all.
_PAIRS_AT_ONCE = 100
_POINTS_AT_ONCE = 800
_DIGEST_LENGTH = 36
_NOTHING: Mapping[str, str] = {}


class Tracking:
    """An experiment, made if there is none yet; MLflow's exceptions pass through all methods."""

    def __init__(self, uri: str, experiment: str) -> None:
        self.uri = uri
        self.reach()
        self.name = experiment
        # Where the artifacts of runs made here are, if that is a folder.
        self._folders: dict[str, Path] = {}
        file = database(uri)
        if file is not None:
            make_tables(file)
        self._client = client(uri)
        found = self._client.get_experiment_by_name(experiment)
        if found is None:
            made = self._client.create_experiment(experiment, artifacts_beside(uri, experiment))
            found = self._client.get_experiment(made)
        elif found.lifecycle_stage != "active":
            msg = f"its experiment {experiment!r} is deleted: restore it, or name another one"
            raise StoreAwayError(msg)
        self.experiment_id = str(found.experiment_id)
        self.artifacts = str(found.artifact_location)
        self.place = f"{found.experiment_id}@{found.creation_time}"

    def reach(self) -> None:
        """Raise StoreAwayError at once if a server does not answer; MLflow tries for minutes."""
        reach(self.uri)

    def close(self) -> None:
        """Let go of the store; it is taken up again when it is next used."""
        close(self._client)

    def find(self, tags: Mapping[str, str]) -> Found | None:
        """Find the run that has these tags: one in use, or else one that the user deleted."""
        from mlflow.entities import ViewType

        runs = self._client.search_runs([self.experiment_id], filter_of(tags), ViewType.ALL)
        found = sorted((found_of(run) for run in runs), key=lambda run: run.deleted)
        return found[0] if found else None

    def values(self, key: str, tags: Mapping[str, str], most: int) -> frozenset[str] | None:
        """Give the values of a tag over all runs that have `tags`; None if over `most` have.

        Runs that the user deleted are among them.
        """
        from mlflow.entities import ViewType

        found: set[str] = set()
        token = None
        for _ in range(0, most + 1, RUNS_AT_ONCE):
            page = self._client.search_runs(
                [self.experiment_id],
                filter_of(tags),
                ViewType.ALL,
                min(RUNS_AT_ONCE, most + 1),
                page_token=token,
            )
            found.update(run.data.tags[key] for run in page if key in run.data.tags)
            token = page.token
            if not token:
                return frozenset(found)
        return None

    def create(self, name: str, start_ms: int, tags: Mapping[str, str]) -> str:
        """Make a run that is running since `start_ms`; give its run_id."""
        run = self._client.create_run(
            self.experiment_id, start_ms, _valid(tags, MAXIMUM_TAG), run_name=name
        )
        run_id = str(run.info.run_id)
        folder = local_path(str(run.info.artifact_uri))
        if folder is not None and not is_server(self.uri):
            self._folders[run_id] = folder
        return run_id

    def log(
        self,
        run_id: str,
        *,
        points: Sequence[Point] = (),
        params: Mapping[str, str] = _NOTHING,
        tags: Mapping[str, str] = _NOTHING,
    ) -> None:
        """Add points to a run's curves, set params and set tags, in as few requests as can be.

        MLflow never lets a param change; a tag is set anew. Long ones are cut.
        """
        from mlflow.entities import Metric, Param, RunTag

        metrics = [
            Metric(valid_key(point.key), point.value, point.time_ms, point.step) for point in points
        ]
        for some_metrics, some_params, some_tags in zip_longest(
            (metrics[i : i + _POINTS_AT_ONCE] for i in range(0, len(metrics), _POINTS_AT_ONCE)),
            batches(_valid(params, MAXIMUM_PARAM), _PAIRS_AT_ONCE),
            batches(_valid(tags, MAXIMUM_TAG), _PAIRS_AT_ONCE),
            fillvalue=(),
        ):
            self._client.log_batch(
                run_id,
                metrics=some_metrics,
                params=[Param(*pair) for pair in some_params],
                tags=[RunTag(*pair) for pair in some_tags],
            )

    def unknown(self, run_id: str, points: Sequence[Point]) -> list[Point]:
        """Give those points that the run does not have, whenever they were recorded."""
        keys = {valid_key(point.key) for point in points}
        known = {
            (key, one.step, _as_stored(one.value))
            for key in keys
            for one in self._client.get_metric_history(run_id, key)
        }
        return [
            point
            for point in points
            if (valid_key(point.key), point.step, _as_stored(point.value)) not in known
        ]

    def log_datasets(self, run_id: str, digests: Mapping[str, str]) -> None:
        """Log data sets, each known by a name and the SHA-256 of all of its bytes."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        role = [InputTag("mlflow.data.context", "training")]
        inputs = [
            DatasetInput(
                Dataset(
                    name=name,
                    digest=digest[:_DIGEST_LENGTH],
                    source_type="sha256",
                    source=json.dumps({"name": name, "sha256": digest}),
                ),
                role,
            )
            for name, digest in digests.items()
        ]
        if inputs:
            self._client.log_inputs(run_id, datasets=inputs)

    def log_artifact(self, run_id: str, path: Path, name: str) -> None:
        """Keep a file that does not change as the artifact `name`, such as `a/b.csv`.

        It takes no room of its own on the disk where it is.
        """
        own = self._own(run_id, name)
        if own is None:
            self._upload(run_id, path, name)
            return
        own.unlink(missing_ok=True)
        try:
            os.link(path, own)
        except OSError:  # another disk, or one that can't
            shutil.copy2(path, own)

    def log_file(self, run_id: str, path: Path, name: str) -> None:
        """Keep a copy of a file as it is now as the artifact `name`."""
        own = self._own(run_id, name)
        if own is None:
            self._upload(run_id, path, name)
        else:
            shutil.copy2(path, own)

    def _own(self, run_id: str, name: str) -> Path | None:
        """Give the place of an artifact, if it is a file that we can write."""
        folder = self._folders.get(run_id)
        if folder is None:
            return None
        # As MLflow itself does, which first asks its store for the run: 4 ms.
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        return folder / name

    def _upload(self, run_id: str, path: Path, name: str) -> None:
        folder, _, file = name.rpartition("/")
        if path.name == file:
            self._client.log_artifact(run_id, str(path), folder or None)
            return
        with tempfile.TemporaryDirectory() as place:
            renamed = Path(place, file)
            renamed.write_bytes(path.read_bytes())
            self._client.log_artifact(run_id, str(renamed), folder or None)

    def log_text(self, run_id: str, text: str, name: str) -> None:
        """Keep a text as the artifact `name`."""
        self._client.log_text(run_id, text, name)

    def resume(self, run_id: str) -> None:
        """Show a run as running again."""
        self._client.update_run(run_id, status="RUNNING")

    def end(self, run_id: str, state: RunState, end_ms: int) -> None:
        """Show how a run ended, and when."""
        self._client.set_terminated(run_id, _STATUS[state], end_ms)
        self._folders.pop(run_id, None)


def _as_stored(value: float) -> float | str:
    """Give a value as databases have it, so that equal ones are: infinity is the largest number."""
    if math.isnan(value):
        return "nan"
    return max(min(value, sys.float_info.max), -sys.float_info.max)


def _valid(pairs: Mapping[str, str], length: int) -> dict[str, str]:
    return {valid_key(key): value[:length] for key, value in pairs.items()}


def long_params(params: Mapping[str, str]) -> dict[str, str]:
    """Give the parameters that MLflow can't hold whole."""
    return {key: value for key, value in params.items() if len(value) > MAXIMUM_PARAM}
