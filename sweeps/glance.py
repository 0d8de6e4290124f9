"""How a run ended, by a glance at the end of its journal: for looking over thousands of runs.

Each line's checksum continues that of the line before, which stands in that line. So the last lines
can be checked without those before them. Damage further up is found by whoever reads it all.
"""

import os
import zlib
from pathlib import Path

from sweeps.records import Ended, Started, decode, kind_of
from sweeps.state import Outcome, RunState
from sweeps.store import RunFolder

_BYTES = 4096
_HEX = 8


def state_at_a_glance(folder: RunFolder) -> RunState:
    """Say how a run stands; one that has not begun waits."""
    outcome = outcome_at_end(folder.journal)
    if outcome is not None:
        return outcome.state
    if not folder.journal.exists():
        return RunState.WAITING
    return folder.state(folder.headline())


def outcome_at_end(path: Path) -> Outcome | None:
    """Give the outcome of a journal's last attempt, if its last lines have it and are true.

    None says nothing: the journal must be read.
    """
    try:
        with path.open("rb") as file:
            start = max(file.seek(0, os.SEEK_END) - _BYTES, 0)
            file.seek(start)
            content = file.read()
    except OSError:
        return None
    lines = content.split(b"\n")[:-1]
    # The first piece may be the end of a longer line, and the next has no predecessor here.
    checksum, known = (0, 0) if start == 0 else (_checksum(lines[1:2]), 2)
    outcome = None
    for line in lines[known:]:
        body = line[_HEX + 1 :]
        checksum = zlib.crc32(body, checksum)
        if line[: _HEX + 1] != b"%08x " % checksum:
            return None
        kind = kind_of(body)
        if kind is Started:
            outcome = None
        elif kind is Ended:
            record = decode(body)
            outcome = record.outcome if isinstance(record, Ended) else None
    return outcome


def _checksum(line: list[bytes]) -> int:
    try:
        return int(line[0][:_HEX], 16)
    except (IndexError, ValueError):
        return 0
