from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeps.glance import outcome_at_end, state_at_a_glance
from sweeps.records import Definition, Ended, Metrics, Record, Started, Summary
from sweeps.state import Outcome, RunState
from sweeps.store import RunFolder, Store

FINISHED = Ended(9, Outcome(RunState.FINISHED, value=0.5))
FAILED = Ended(9, Outcome(RunState.FAILED, reason="it broke", traceback="line\n" * 2000))


def written(folder: Path, *records: Record) -> RunFolder:
    run = Store(folder).run("abc")
    with run.writer() as writer:
        writer.append(Definition("abc", "t", "s", "n", config={"long": "x" * 5000}), *records)
    return run


def points(count: int) -> list[Record]:
    return [Metrics(step, step, {"loss": 1.0 / (step + 1)}) for step in range(count)]


@pytest.mark.parametrize("count", [0, 1, 30, 500])
@pytest.mark.parametrize("last", [FINISHED, FAILED])
def test_it_sees_what_the_whole_journal_says(tmp_path: Path, count: int, last: Ended) -> None:
    run = written(tmp_path, Started(1, 2, "h"), *points(count), last)
    assert state_at_a_glance(run) is run.headline().outcome.state  # type: ignore[union-attr]


def test_it_looks_no_further_than_the_end(tmp_path: Path) -> None:
    run = written(tmp_path, Started(1, 2, "h"), *points(500), FINISHED)
    content = run.journal.read_bytes()
    run.journal.write_bytes(b"?" * (len(content) - 5000) + content[-5000:])
    assert outcome_at_end(run.journal) == FINISHED.outcome


def test_figures_added_after_the_end_leave_it_ended(tmp_path: Path) -> None:
    run = written(tmp_path, Started(1, 2, "h"), FINISHED, Summary(10, {"test_loss": 1.0}))
    assert outcome_at_end(run.journal) == FINISHED.outcome


def test_another_attempt_takes_the_outcome_back(tmp_path: Path) -> None:
    run = written(tmp_path, Started(1, 2, "h"), FAILED, Started(10, 2, "h"), *points(3))
    assert outcome_at_end(run.journal) is None
    assert state_at_a_glance(run) is RunState.INTERRUPTED
    with run.writer():
        assert state_at_a_glance(run) is RunState.RUNNING


def test_a_run_without_a_journal_waits(tmp_path: Path) -> None:
    assert state_at_a_glance(Store(tmp_path).run("abc")) is RunState.WAITING


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 4095), bit=st.integers(0, 7), cut=st.booleans())
def test_a_cut_or_a_flipped_bit_near_the_end_is_never_taken_for_an_outcome(
    tmp_path_factory: pytest.TempPathFactory,
    place: int,
    bit: int,
    cut: bool,  # noqa: FBT001 - hypothesis gives it by name
) -> None:
    run = written(tmp_path_factory.mktemp("run"), Started(1, 2, "h"), *points(200), FINISHED)
    content = bytearray(run.journal.read_bytes())
    at = len(content) - 1 - place
    if cut:
        del content[at:]
    else:
        content[at] ^= 1 << bit
    run.journal.write_bytes(content)
    seen = outcome_at_end(run.journal)
    # Two lines at the edge of what is read are passed over, the second but for its checksum.
    beyond = len(content) - 4096 + 300
    assert seen is None or (at < beyond and seen == FINISHED.outcome and not cut)
