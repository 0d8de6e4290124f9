import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeps.records import (
    Definition,
    Ended,
    Left,
    Metrics,
    Record,
    Started,
    decode,
    encode,
    kind_of,
)
from sweeps.state import Outcome, RunState

OUTCOMES = st.builds(
    Outcome,
    st.sampled_from([RunState.FINISHED, RunState.FAILED, RunState.INTERRUPTED]),
    st.none() | st.floats(allow_nan=False),
    st.text(),
    st.text(),
    st.text(),
    st.none() | st.integers(),
)
RECORDS = (
    st.builds(
        Metrics,
        st.integers(),
        st.integers(),
        st.dictionaries(st.text(), st.floats(allow_nan=False)),
    )
    | st.builds(
        Started,
        st.integers(),
        st.integers(),
        st.text(),
        versions=st.dictionaries(st.text(), st.text()),
    )
    | st.builds(Definition, st.text(), st.text(), st.text(), st.text())
    | st.builds(Left, st.integers())
    | st.builds(Ended, st.integers(), OUTCOMES)
)


@given(RECORDS)
def test_every_record_comes_back_from_one_line_of_ascii(record: Record) -> None:
    line = encode(record)
    assert line.isascii()
    assert b"\n" not in line
    assert decode(line) == record
    assert kind_of(line) is type(record)


def test_numbers_that_json_has_not_come_back() -> None:
    back = decode(encode(Metrics(1, 2, {"nan": math.nan, "inf": math.inf, "low": -math.inf})))
    assert isinstance(back, Metrics)
    assert math.isnan(back.values["nan"])
    assert (back.values["inf"], back.values["low"]) == (math.inf, -math.inf)


def test_later_versions_may_add_kinds_and_fields() -> None:
    assert decode(b'weather {"sky":"blue"}') is None
    assert decode(b'metrics {"time_ms":1,"step":2,"values":{},"unit":"s"}') == Metrics(1, 2, {})


@pytest.mark.parametrize("line", [b"metrics", b"metrics []", b'ended {"time_ms":1}', b"started {}"])
def test_what_is_no_record_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a|Expecting"):
        decode(line)


def test_every_kind_is_immutable() -> None:
    record = Metrics(1, 2, {})
    for field in fields(record):
        with pytest.raises(AttributeError):
            setattr(record, field.name, 0)
