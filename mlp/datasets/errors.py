"""The ways in which a data set can fail to be there."""

from pathlib import Path

AGAIN = "delete it and fetch or copy it again"


class DatasetError(Exception):
    """A fault of the data or of how it was asked for, as one sentence for the user."""


class FileError(DatasetError):
    """A file of the wrong content: `path` is followed by what is wrong, and by what to do."""

    def __init__(self, path: Path, fault: str, remedy: str = AGAIN) -> None:
        super().__init__(f"{path} {fault}; {remedy}")
        self.path = path
        self.fault = fault


class UnavailableError(Exception):
    """One source doesn't have the files; the next may. The message is a short reason."""
