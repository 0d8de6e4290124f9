"""Following journals: nothing is missed, nothing comes twice, and idle ones cost little."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweeps.journal import JournalWriter
from sweeps.records import Ended, Left, Metrics, Record, Started
from sweeps.replay import Point
from sweeps.state import Outcome, RunState
from sweeps.store import RunFolder, Store
from sweeps.watch import Followed, Watcher

BEGIN = Started(1, pid=1, host="here")
END = Ended(99, Outcome(RunState.FINISHED, value=0.5))


def metrics(step: int) -> Metrics:
    return Metrics(step, step, {"loss": float(step)})


def write(folder: RunFolder, *records: Record) -> None:
    with folder.writer() as writer:
        writer.append(*records)


def steps(points: Sequence[Point]) -> list[int]:
    return [point.step for point in points]


@given(st.lists(st.integers(0, 3), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_in_whatever_pieces_every_point_comes_once(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[int]
) -> None:
    folder = Store(tmp_path_factory.mktemp("store")).run("one")
    followed = Followed(folder)
    seen: list[int] = []
    step = 0
    for count in pieces:
        write(folder, *(metrics(step + i) for i in range(count)))
        step += count
        news = followed.poll()
        assert (news is None) == (count == 0)
        if news is not None:
            assert news.first == len(seen)
            seen += steps(news.points)
    assert seen == list(range(step))


def test_what_is_released_is_read_again_from_its_start_if_it_grows(tmp_path: Path) -> None:
    folder = Store(tmp_path).run("one")
    followed = Followed(folder)
    write(folder, BEGIN, metrics(1), END)
    followed.poll()
    followed.release()
    assert followed.poll() is None
    write(folder, BEGIN, metrics(2))
    news = followed.poll()
    assert news is not None
    assert (news.first, steps(news.points)) == (0, [1, 2])
    assert followed.record.attempts == 2


def test_a_journal_that_was_cut_back_is_read_anew(tmp_path: Path) -> None:
    folder = Store(tmp_path).run("one")
    followed = Followed(folder)
    write(folder, BEGIN, metrics(1), metrics(2))
    followed.poll()
    folder.journal.unlink()
    write(folder, BEGIN, metrics(7))
    news = followed.poll()
    assert news is not None
    assert (news.first, steps(news.points)) == (0, [7])


def test_runs_that_begin_end_and_begin_again_are_seen_in_a_large_sweep(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folders = [store.run(f"run{number}") for number in range(1500)]
    watcher = Watcher(folders)
    assert watcher.poll() == []
    write(folders[0], BEGIN, END)
    write(folders[200], BEGIN)
    assert {one.identity for one, _ in watcher.poll()} == {"run0", "run200"}
    write(folders[200], metrics(1))
    assert [one.identity for one, _ in watcher.poll()] == ["run200"]
    # Out of turn: an ended run is tried again, and the last one begins before all others.
    write(folders[0], BEGIN)
    write(folders[-1], BEGIN)
    seen = {one.identity for _ in range(8) for one, _ in watcher.poll()}
    assert seen == {"run0", "run1499"}


def test_a_run_that_was_followed_to_its_end_is_seen_to_begin_again(tmp_path: Path) -> None:
    folder = Store(tmp_path).run("one")
    watcher = Watcher([folder])
    for written in (BEGIN, END, BEGIN):
        write(folder, written)
        assert [one.identity for one, _ in watcher.poll()] == ["one"]


def test_a_run_that_left_its_stack_is_followed_though_no_worker_is_at_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folders = [store.run(f"run{number}") for number in range(1500)]
    watcher = Watcher(folders)
    for written, active in ((BEGIN, True), (Left(2), False), (BEGIN, True), (metrics(1), True)):
        write(folders[0], written)
        ((one, _),) = watcher.poll()
        assert (one.identity, one.active) == ("run0", active)


def test_poll_all_looks_at_every_run(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folders = [store.run(f"run{number}") for number in range(1500)]
    watcher = Watcher(folders)
    for folder in folders[::100]:
        write(folder, BEGIN)
    assert {one.identity for one, _ in watcher.poll_all()} == {f.identity for f in folders[::100]}
    assert watcher.poll_all() == []


def test_a_journal_that_cannot_be_read_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    bad, good = store.run("bad"), store.run("good")
    watcher = Watcher([bad, good])
    for folder in (bad, good):
        write(folder, BEGIN, metrics(1))
    real = Path.open

    def refusing(path: Path, *told: Any, **more: Any) -> Any:
        if path == bad.journal:
            raise PermissionError(13, "in use", str(path))
        return real(path, *told, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refusing)
        assert [one.identity for one, _ in watcher.poll()] == ["good"]
        assert list(watcher.faults) == ["bad"]
    ((one, news),) = watcher.poll()
    assert (one.identity, news.first, steps(news.points)) == ("bad", 0, [1])
    assert watcher.faults == {}


def test_a_line_that_is_half_written_waits_for_its_end(tmp_path: Path) -> None:
    folder = Store(tmp_path).run("one")
    followed = Followed(folder)
    with JournalWriter(_made(folder).journal, folder.lock) as writer:
        writer.append(BEGIN, metrics(1), metrics(2))
    whole = folder.journal.read_bytes()
    folder.journal.write_bytes(whole[:-9])
    news = followed.poll()
    assert news is not None
    assert steps(news.points) == [1]
    folder.journal.write_bytes(whole)
    news = followed.poll()
    assert news is not None
    assert (news.first, steps(news.points)) == (1, [2])


def _made(folder: RunFolder) -> RunFolder:
    folder.create()
    return folder
