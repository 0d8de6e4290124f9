"""How much memory a worker may fill: as the user writes it, or a fair share of what there is."""

import psutil


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
    """Give each of so many workers' part of the memory that this machine has available now."""
    return int(psutil.virtual_memory().available // workers)
