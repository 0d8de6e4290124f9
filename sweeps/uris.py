"""The URIs of MLflow's stores and artifacts: what they name, told without importing MLflow."""

import os
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname


def absolute_uri(uri: str | None, folder: Path) -> str:
    """Give the store's URI independent of the working folder.

    None is MLFLOW_TRACKING_URI, or else MLflow's own default, so that `mlflow ui` in the same
    folder shows the same store. MLflow is not imported for it.
    """
    uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"
    scheme, separator, place = uri.partition(":///")
    # SQLAlchemy's form: three slashes and a relative path, or an absolute one after them.
    if separator and scheme.startswith("sqlite") and place not in ("", ":memory:"):
        return f"{scheme}:///{(folder / place).as_posix()}"
    return uri


def is_server(uri: str) -> bool:
    """Whether a URI is that of an MLflow server, which has a UI of its own."""
    return urlsplit(uri).scheme in ("http", "https")


def database(uri: str) -> Path | None:
    """Give the file of a store that is an SQLite database; None for any other."""
    scheme, separator, place = uri.partition(":///")
    place = place.partition("?")[0]
    if not separator or not scheme.startswith("sqlite") or place in ("", ":memory:"):
        return None
    return Path(place)


def local_path(artifacts: str) -> Path | None:
    """Give the folder that a URI of artifacts means; None if they are not in files here."""
    parts = urlsplit(artifacts)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    # A path, or one of Windows whose drive looks like a scheme.
    return Path(artifacts) if len(parts.scheme) <= 1 else None


def artifacts_beside(uri: str, experiment: str) -> str | None:
    """Give a place for artifacts beside a database that is not in the working folder.

    None leaves it to MLflow: a server knows, and for a database MLflow takes the working folder.
    """
    file = database(uri)
    if file is None or file.parent == Path.cwd():
        return None
    return (file.absolute().parent / "mlruns" / quote(experiment, safe="")).as_uri()
