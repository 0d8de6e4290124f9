"""A finished run of another experiment, made one of this one: its journal and files are copied."""

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

from sweeps.store import RunFolder


def adopt(source: RunFolder, target: RunFolder) -> None:
    """Copy a finished run, whole or not at all; one that is there already stays as it is."""
    if target.journal.exists():
        return
    target.folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(mkdtemp(dir=target.folder.parent, prefix=".adopting-"))
    shutil.copy2(source.journal, partial / source.journal.name)
    if source.artifacts.is_dir():
        shutil.copytree(source.artifacts, partial / source.artifacts.name)
    os.replace(partial, target.folder)
