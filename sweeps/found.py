"""Runs as an MLflow store has them, and whether it can be asked at all."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sweeps.client import client
from sweeps.uris import database, is_server

if TYPE_CHECKING:
    from mlflow.entities import Run

RUNS_AT_ONCE = 1000
_CONNECT_SECONDS = 5.0


class StoreAwayError(Exception):
    """The store can't be reached; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Found:
    """A run as the store has it. `deleted`: by the user; `artifacts`: the URI of its artifacts."""

    run_id: str
    deleted: bool
    params: Mapping[str, str]
    tags: Mapping[str, str]
    artifacts: str


def deleted_runs(uri: str, experiment: str, tags: Mapping[str, str]) -> list[Found]:
    """Give the runs with these tags that the user deleted; nothing is made for it in the store.

    Raises StoreAwayError; MLflow's exceptions pass through.
    """
    from mlflow.entities import ViewType

    return _listed(uri, experiment, tags, ViewType.DELETED_ONLY)


def all_runs(uri: str, experiment: str, tags: Mapping[str, str]) -> list[Found]:
    """Give the runs with these tags, deleted or not; nothing is made for it in the store.

    Raises StoreAwayError; MLflow's exceptions pass through.
    """
    from mlflow.entities import ViewType

    return _listed(uri, experiment, tags, ViewType.ALL)


def _listed(uri: str, experiment: str, tags: Mapping[str, str], view: int) -> list[Found]:
    file = database(uri)
    if file is not None and not file.exists():
        return []
    reach(uri)
    store = client(uri)
    found = store.get_experiment_by_name(experiment)
    if found is None:
        return []
    listed: list[Found] = []
    token = None
    while True:
        page = store.search_runs(
            [found.experiment_id], filter_of(tags), view, RUNS_AT_ONCE, page_token=token
        )
        listed += [found_of(run) for run in page]
        token = page.token
        if not token:
            return listed


def filter_of(tags: Mapping[str, str]) -> str:
    """Write MLflow's filter for the runs that have all these tags."""
    return " and ".join(f"tags.`{key}` = {_quoted(value)}" for key, value in tags.items())


def _quoted(value: str) -> str:
    # MLflow takes either quote and knows no escape.
    quote_mark = '"' if "'" in value else "'"
    return f"{quote_mark}{value}{quote_mark}"


def reach(uri: str) -> None:
    """Raise StoreAwayError at once if a server does not answer; MLflow tries for minutes."""
    if not is_server(uri):
        return
    server = urlsplit(uri)
    address = (server.hostname or "", server.port or (443 if server.scheme == "https" else 80))
    try:
        socket.create_connection(address, timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        raise StoreAwayError(error.strerror or str(error)) from error


def found_of(run: Run) -> Found:
    """Take from MLflow's own run what we use of it."""
    deleted = run.info.lifecycle_stage != "active"
    artifacts = str(run.info.artifact_uri)
    return Found(run.info.run_id, deleted, run.data.params, run.data.tags, artifacts)
