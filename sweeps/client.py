"""MLflow's own client, but quiet, and soon done with a server that has gone.

Importing MLflow takes a second and 170 MB, so it is imported when a client is made.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

# MLflow's seven take four minutes in each call. Our writer tries everything again by itself, and
# can say meanwhile what it waits for.
_TRIES_AGAIN = 2


def client(uri: str) -> MlflowClient:
    """Make a client of the store at a URI; what the user has set for MLflow holds."""
    _quieten()
    from mlflow import MlflowClient
    from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES

    # Not in os.environ, which the workers get: a task's own use of MLflow is none of our business.
    MLFLOW_HTTP_REQUEST_MAX_RETRIES.default = _TRIES_AGAIN
    return MlflowClient(uri)


def get_imported() -> None:
    """Import what a client of a database needs."""
    _quieten()
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401


def close(one: MlflowClient) -> None:
    """Close the connections of a database, so that SQLite puts its log away; they open anew."""
    engine = getattr(one._tracking_client.store, "engine", None)  # noqa: SLF001 - no other way
    if engine is not None:
        engine.dispose()


def _quieten() -> None:
    """Keep to warnings and errors, unless the user asked for more."""
    if "MLFLOW_LOGGING_LEVEL" not in os.environ:
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        import mlflow.utils.logging_utils  # noqa: F401 (it sets levels when imported)

        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)
