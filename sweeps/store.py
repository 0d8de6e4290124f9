"""Where the journals lie: one folder `.sweeps`, with a folder for each run and each sweep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from sweeps.checkpoint import whole
from sweeps.journal import JournalError, JournalReader, JournalWriter, is_held, read
from sweeps.records import Artifact, Checkpoint, Definition, Ended, Left, Restored, Started, Summary
from sweeps.replay import RunRecord, replay
from sweeps.state import RunState

_HEADLINES = (Definition, Started, Restored, Summary, Checkpoint, Artifact, Left, Ended)
_NAME = re.compile(r"[\w][\w.\-]*", re.ASCII)


class RunFolder:
    """One run's folder: its journal, its lock, its checkpoints and its result files."""

    def __init__(self, root: Path, identity: str) -> None:
        if _NAME.fullmatch(identity) is None:
            msg = f"{identity!r} can't name a folder: use letters, digits, dots and dashes"
            raise ValueError(msg)
        self.identity = identity
        self.root = root
        self.folder = root / "runs" / identity
        self.journal = self.folder / "journal"
        self.lock = self.folder / "lock"
        self.checkpoints = self.folder / "checkpoints"
        self.artifacts = self.folder / "artifacts"

    def create(self) -> None:
        """Make the folders; raises JournalError where that can't be done."""
        try:
            self.checkpoints.mkdir(parents=True, exist_ok=True)
            self.artifacts.mkdir(exist_ok=True)
        except OSError as error:
            msg = f"the run's folder {self.folder} can't be made: {error.strerror}"
            raise JournalError(msg) from error

    def writer(self) -> JournalWriter:
        """Open the journal for an attempt; raises what JournalWriter does."""
        self.create()
        return JournalWriter(self.journal, self.lock)

    def reader(self) -> JournalReader:
        """Follow the journal from its beginning."""
        return JournalReader(self.journal)

    def record(self) -> RunRecord:
        """Read all that the journal says."""
        return replay(read(self.journal).records)

    def headline(self) -> RunRecord:
        """Read all but the curves, several times as fast: for looking over many runs."""
        return replay(read(self.journal, kinds=_HEADLINES).records)

    def resumes_from(self, record: RunRecord) -> int | None:
        """Give the step that the next attempt goes on from; None if it begins anew.

        By the checkpoint that will load, not by the newest: that one may be damaged.
        """
        checkpoint = whole(self.checkpoints, record.checkpoints)
        return None if checkpoint is None else checkpoint.step

    def state(self, record: RunRecord) -> RunState:
        """Say how the run stands now, given what its journal said a moment ago.

        The lock is probed only for a run without an outcome, and the journal is then read once
        more, as the holder may have ended it and let go in between.
        """
        if record.outcome is not None:
            return record.outcome.state
        if is_held(self.lock):
            return record.state(held=True)
        return self.headline().state(held=False)


class Store:
    """All runs and sweeps of one experiment; the folder is made when first needed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self) -> None:
        """Make the folder, hidden from git by a .gitignore of its own."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            ignore = self.root / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            msg = f"the folder of journals {self.root} can't be made: {error.strerror}"
            raise JournalError(msg) from error

    def run(self, identity: str) -> RunFolder:
        """Give the folder of a run, which need not exist yet."""
        return RunFolder(self.root, identity)

    def runs(self) -> Iterator[RunFolder]:
        """Give the folder of every run that has one, in the order of their identities."""
        yield from (RunFolder(self.root, name) for name in _folders(self.root / "runs"))

    def sweep(self, key: str) -> Path:
        """Give the folder of a sweep, which need not exist yet."""
        if _NAME.fullmatch(key) is None:
            msg = f"{key!r} can't name a folder: use letters, digits, dots and dashes"
            raise ValueError(msg)
        return self.root / "sweeps" / key

    def sweeps(self) -> Iterator[Path]:
        """Give the folder of every sweep that has one, in the order of their keys."""
        yield from (self.sweep(name) for name in _folders(self.root / "sweeps"))


def store_of(root: Path, experiment: str) -> Store:
    """Give the store of one MLflow experiment, below the folder that has them all."""
    return Store(root / quote(experiment, safe=" "))


def stores(root: Path) -> Iterator[Store]:
    """Give the store of every experiment that has one."""
    if root.is_dir():
        for folder in sorted(root.iterdir()):
            if (folder / "runs").is_dir() or (folder / "sweeps").is_dir():
                yield Store(folder)


def _folders(parent: Path) -> list[str]:
    if not parent.is_dir():
        return []
    return sorted(p.name for p in parent.iterdir() if p.is_dir() and _NAME.fullmatch(p.name))
