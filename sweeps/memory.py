"""How much memory a worker may fill: as the user writes it, or a fair share of what there is."""

from contextlib import suppress
from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")
# A container's limit and what it uses of it, by Linux's control groups of version 2 and 1.
_CONTAINERS = (
    (_CGROUP / "memory.max", _CGROUP / "memory.current"),
    (_CGROUP / "memory/memory.limit_in_bytes", _CGROUP / "memory/memory.usage_in_bytes"),
)


def parse(amount: float | str) -> int:
    """Give the bytes of a number, or of a text such as `2GB`, `1.5 GiB` or `500MB`.

    Raises ValueError for what is no amount of memory above 0.
    """
    from pydantic import ByteSize, TypeAdapter  # ValidationError is a ValueError

    given = TypeAdapter(ByteSize).validate_python(amount)
    if given < 1:
        msg = f"{amount} is no amount of memory"
        raise ValueError(msg)
    return int(given)


def fair_share(workers: int) -> int:
    """Give each of so many workers' part of the memory that this process may have now."""
    available = [psutil.virtual_memory().available]
    for limit, used in _CONTAINERS:
        # "max", or a number beyond all memory, is no limit.
        with suppress(OSError, ValueError):
            available.append(int(limit.read_text()) - int(used.read_text()))
    return max(1, min(available) // workers)
