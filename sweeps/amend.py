"""What is found out about a run after it ended: added to its journal, its outcome kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import move

from sweeps.attempt import now_ms
from sweeps.records import Artifact, Summary
from sweeps.store import RunFolder


def amend(folder: RunFolder, values: Mapping[str, float], files: Sequence[Path]) -> None:
    """Add metrics and files to an ended run; the files are moved there.

    Raises `JournalHeld` while another process is at the run.
    """
    with folder.writer() as journal:
        journal.append(Summary(now_ms(), values))
        for path in files:
            move(path, folder.artifacts / path.name)
            journal.append(Artifact(now_ms(), path.name, path.name))
