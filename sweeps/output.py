"""What a run prints, kept out of the terminal, where the progress of all runs is shown."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

_PRINTED = (1, 2)  # the descriptors of standard output and error


@contextmanager
def printed_to(log: Path) -> Iterator[None]:
    """Append to `log` what this process and its children print, from any library of any language.

    That is the whole process: a worker runs one assignment at a time.
    """
    _flush()
    with log.open("ab") as file:
        kept = {descriptor: os.dup(descriptor) for descriptor in _PRINTED}
        try:
            for descriptor in _PRINTED:
                os.dup2(file.fileno(), descriptor)
            yield
        finally:
            _flush()
            for descriptor, before in kept.items():
                os.dup2(before, descriptor)
                os.close(before)


def drop_console_handlers(log: Path) -> None:
    """Leave out of `log` the console's copy of what a logging handler writes there anyway."""
    root = logging.getLogger()
    files = [one for one in root.handlers if isinstance(one, logging.FileHandler)]
    if any(Path(one.baseFilename) == log for one in files):
        for handler in [one for one in root.handlers if type(one) is logging.StreamHandler]:
            root.removeHandler(handler)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # What a killed worker had printed is in its log as well.
            stream.reconfigure(line_buffering=True)
            stream.flush()
