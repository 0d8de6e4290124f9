"""Amounts of memory as people write them, and what a worker gets if nobody says."""

import psutil
import pytest

from sweeps.memory import fair_share, parse


@pytest.mark.parametrize(
    ("written", "bytes_"),
    [
        (1000, 1000),
        ("1000", 1000),
        ("2GB", 2 * 10**9),
        ("1.5 GiB", 3 * 2**29),
        ("500mb", 5 * 10**8),
    ],
)
def test_an_amount_is_read_as_it_is_meant(written: int | str, bytes_: int) -> None:
    assert parse(written) == bytes_


@pytest.mark.parametrize("written", ["", "much", "2XB", "nan", 0, "0", -3, "-1GB"])
def test_what_is_no_amount_is_refused(written: int | str) -> None:
    with pytest.raises(ValueError, match=r"memory|byte"):
        parse(written)


def test_all_workers_together_get_no_more_than_there_is() -> None:
    assert 0 < 4 * fair_share(4) <= psutil.virtual_memory().total
