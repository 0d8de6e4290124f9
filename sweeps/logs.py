"""Where a run's log is. Journals hold its path, in Hydra's output folder, which may have moved."""

from functools import lru_cache
from pathlib import Path

from sweeps.launches import LaunchRecord
from sweeps.records import Started
from sweeps.replay import RunRecord
from sweeps.store import RunFolder


def log_of(folder: RunFolder, record: RunRecord) -> Path | None:
    """Find the log of a run's last attempt; None if there is none any more."""
    said = (record.outcome.log if record.outcome else "") or (
        record.started.log if record.started else ""
    )
    if not said or record.started is None:
        return None
    path = here(folder, record.started, said)
    return path if path.is_file() else None


def here(folder: RunFolder, started: Started, path: str) -> Path:
    """Say where a file of an attempt is, also after it moved together with the journals."""
    if Path(path).exists():
        return Path(path)
    root = folder.folder.parents[2]
    launch = _launch(root, started.launch)
    return Path(path) if launch is None else launch.moved(path, root)


@lru_cache(maxsize=64)
def _launch(root: Path, label: str) -> LaunchRecord | None:
    for found in root.glob(f"*/sweeps/*/launches/{label}.json"):
        try:
            return LaunchRecord.load(found)
        except (OSError, ValueError, TypeError):
            continue
    return None
