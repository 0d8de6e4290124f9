"""Where a sweep's runs go in MLflow, also after its folder was moved or copied."""

from pathlib import Path

from sweeps.launches import LaunchRecord
from sweeps.uris import database


def destination(launch: LaunchRecord, root: Path) -> str:
    """Give the URI of the store to which a sweep went, whose journals are below `root` now.

    A database that lay beside the journals is looked for where they are.
    """
    file = database(launch.uri)
    if file is None:
        return launch.uri
    scheme = launch.uri.partition(":///")[0]
    return f"{scheme}:///{launch.moved(str(file), root).as_posix()}"
