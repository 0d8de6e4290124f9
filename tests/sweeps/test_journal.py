"""A journal cut, flipped, killed or fought over still tells a true prefix of what happened."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sweeps import journal
from sweeps.journal import (
    START,
    JournalError,
    JournalHeld,
    JournalReader,
    JournalRewritten,
    JournalWriter,
    is_held,
    read,
)
from sweeps.records import Checkpoint, Definition, Ended, Metrics, Record, Started
from sweeps.state import Outcome, RunState

RECORDS: tuple[Record, ...] = (
    Definition("id", "task", "sweep", "relu seed=0", {"lr": 0.1}, {"lr": "0.1"}),
    Started(1000, 12, "host"),
    Metrics(1001, 1, {"loss": 0.5, "accuracy": float("inf")}),
    Metrics(1002, 2, {"loss": 0.25}),
    Checkpoint(1003, 2, "step-2.npz", "ab" * 32),
    Metrics(1004, 3, {"loss": 0.125}),
    Ended(1005, Outcome(RunState.FINISHED, 0.125, "é\n")),
)
WRITE_FOREVER = """
import sys
from pathlib import Path
from sweeps.journal import JournalWriter
from sweeps.records import Metrics, Started
import os
folder = Path(sys.argv[1])
with JournalWriter(folder / "journal", folder / "lock") as writer:
    writer.append(Started(5, os.getpid(), "here"))
    print("ready", flush=True)
    for step in range(1, 10**9):
        writer.append(Metrics(step, step, {"loss": step / 7}), Metrics(step, step, {"b": -step}))
"""


def write(folder: Path, *records: Record) -> Path:
    with JournalWriter(folder / "journal", folder / "lock") as writer:
        writer.append(*records)
    return folder / "journal"


@contextmanager
def living_writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WRITE_FOREVER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    batch = read(write(tmp_path, *RECORDS))
    assert batch.records == RECORDS
    assert not batch.damaged
    assert batch.position.offset == (tmp_path / "journal").stat().st_size


def test_a_missing_or_empty_journal_has_no_records(tmp_path: Path) -> None:
    assert read(tmp_path / "journal").records == ()
    assert read(write(tmp_path)).records == ()


def test_cut_at_any_byte_it_is_a_prefix_and_can_be_continued(tmp_path: Path) -> None:
    path = write(tmp_path, *RECORDS)
    whole = path.read_bytes()
    ends = [at + 1 for at, byte in enumerate(whole) if byte == ord("\n")]
    after = Metrics(2000, 9, {"loss": 9.0})
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        kept = RECORDS[: sum(end <= cut for end in ends)]
        assert read(path).records == kept
        if cut % 23 == 0 or cut in ends or cut + 1 in ends:
            write(tmp_path, after)
            assert read(path).records == (*kept, after)


def test_with_any_bit_flipped_all_before_it_is_used(tmp_path: Path) -> None:
    path = write(tmp_path, *RECORDS)
    whole = path.read_bytes()
    for at in range(len(whole)):
        kept = RECORDS[: whole[:at].count(b"\n")]
        for bit in range(8):
            broken = bytearray(whole)
            broken[at] ^= 1 << bit
            path.write_bytes(broken)
            batch = read(path)
            assert batch.records == kept
            assert batch.damaged or batch.position.offset < len(whole)


@pytest.mark.parametrize("change", ["lost", "doubled", "swapped"])
def test_whole_lines_lost_doubled_or_moved_are_noticed(tmp_path: Path, change: str) -> None:
    path = write(tmp_path, *RECORDS)
    lines = path.read_bytes().splitlines(keepends=True)
    orders = {"lost": [0, 1, 2, 4, 5, 6], "doubled": [0, 1, 2, 3, 3, 4], "swapped": [0, 1, 2, 4, 3]}
    path.write_bytes(b"".join(lines[number] for number in orders[change]))
    batch = read(path)
    assert batch.records == RECORDS[: 4 if change == "doubled" else 3]
    assert batch.damaged


def test_a_kind_of_a_later_version_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with JournalWriter(tmp_path / "journal", tmp_path / "lock") as writer:
        writer.append(RECORDS[0])
        with monkeypatch.context() as later:
            later.setattr(journal, "encode", lambda _: b'weather {"sky":"blue"}')
            writer.append(RECORDS[1])
        writer.append(RECORDS[2])
    assert read(tmp_path / "journal").records == (RECORDS[0], RECORDS[2])


def test_only_the_kinds_asked_for_are_given(tmp_path: Path) -> None:
    path = write(tmp_path, *RECORDS)
    only = read(path, kinds=(Started, Ended))
    assert only.records == (RECORDS[1], RECORDS[6])
    assert only.position == read(path).position


def test_a_reader_gets_each_record_once_however_the_bytes_arrive(tmp_path: Path) -> None:
    whole = write(tmp_path, *RECORDS).read_bytes()
    growing = tmp_path / "growing"
    reader = JournalReader(growing)
    assert reader.poll() == ()
    got: list[Record] = []
    generator = random.Random(3)
    at = 0
    while at < len(whole):
        size = generator.randrange(1, 60)
        with growing.open("ab") as file:
            file.write(whole[at : at + size])
        at += size
        got += reader.poll()
    assert tuple(got) == RECORDS
    assert reader.poll() == ()


def test_a_reader_notices_what_was_cut_off_behind_it(tmp_path: Path) -> None:
    path = write(tmp_path, *RECORDS)
    reader = JournalReader(path)
    reader.poll()
    broken = bytearray(path.read_bytes())
    broken[300] ^= 1
    path.write_bytes(broken)
    write(tmp_path, Metrics(2000, 3, {"loss": 1.0}))
    with pytest.raises(JournalRewritten):
        reader.poll()
    while path.stat().st_size <= len(broken):
        write(tmp_path, Metrics(2000, 3, {"loss": 1.0}))
    with pytest.raises(JournalRewritten):
        reader.poll()
    path.unlink()
    with pytest.raises(JournalRewritten):
        reader.poll()


def test_a_reader_before_damage_stays_there(tmp_path: Path) -> None:
    path = write(tmp_path, *RECORDS[:3])
    reader = JournalReader(path)
    assert reader.poll() == RECORDS[:3]
    with path.open("ab") as file:
        file.write(b"00000000 metrics {}\n")
    assert reader.poll() == ()
    assert reader.poll() == ()
    assert reader.position != START


def test_a_second_writer_is_told_who_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_LOCK_PATIENCE", 0.05)
    lock = tmp_path / "lock"
    assert not is_held(lock)
    with living_writer(tmp_path) as process:
        assert is_held(lock)
        with pytest.raises(JournalHeld, match=f"process {process.pid} on here since") as error:
            JournalWriter(tmp_path / "journal", lock)
        assert error.value.holder == Started(5, process.pid, "here")
    assert not is_held(lock)


def test_the_same_process_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_LOCK_PATIENCE", 0.05)
    with JournalWriter(tmp_path / "journal", tmp_path / "lock"):
        assert is_held(tmp_path / "lock")
        with pytest.raises(JournalHeld, match="another process"):
            JournalWriter(tmp_path / "journal", tmp_path / "lock")
        assert is_held(tmp_path / "lock")
    assert not is_held(tmp_path / "lock")


def test_killed_while_appending_it_leaves_a_true_prefix_and_no_lock(tmp_path: Path) -> None:
    generator = random.Random(11)
    for number in range(4):
        folder = tmp_path / str(number)
        folder.mkdir()
        reader = JournalReader(folder / "journal")
        followed: list[Record] = []
        with living_writer(folder) as process:
            until = time.monotonic() + generator.uniform(0.001, 0.15)
            while time.monotonic() < until:
                followed += reader.poll()
            process.kill()
            process.wait()
        followed += reader.poll()
        records = read(folder / "journal").records
        assert tuple(followed) == records
        metrics = [record for record in records if isinstance(record, Metrics)]
        expected = [
            Metrics(step, step, values)
            for step in range(1, len(metrics) + 1)
            for values in ({"loss": step / 7}, {"b": -step})
        ]
        assert metrics == expected[: len(metrics)]
        write(folder, RECORDS[-1])
        assert read(folder / "journal").records == (*records, RECORDS[-1])


@pytest.mark.parametrize("accepted", [0, 5, 200])
def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accepted: int
) -> None:
    real = os.write
    left = [accepted]

    def full(file: int, data: bytes) -> int:
        size = min(len(data), left[0])
        if not size:
            raise OSError(28, "No space left on device")
        left[0] -= size
        return real(file, data[:size])

    with JournalWriter(tmp_path / "journal", tmp_path / "lock") as writer:
        writer.append(*RECORDS[:2])
        with monkeypatch.context() as disk:
            disk.setattr(os, "write", full)
            with pytest.raises(JournalError, match="No space left"):
                writer.append(*RECORDS[2:])
        assert read(tmp_path / "journal").records == RECORDS[:2]
        writer.append(*RECORDS[2:])
    assert read(tmp_path / "journal").records == RECORDS


def test_a_write_taken_in_pieces_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:7]))
    assert read(write(tmp_path, *RECORDS)).records == RECORDS


def test_a_signal_in_the_middle_of_an_append_leaves_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write

    def interrupted(file: int, data: bytes) -> int:
        real(file, data[:20])
        raise KeyboardInterrupt

    with JournalWriter(tmp_path / "journal", tmp_path / "lock") as writer:
        writer.append(RECORDS[0])
        with monkeypatch.context() as signal:
            signal.setattr(os, "write", interrupted)
            with pytest.raises(KeyboardInterrupt):
                writer.append(RECORDS[1])
        writer.append(RECORDS[2])
    assert read(tmp_path / "journal").records == (RECORDS[0], RECORDS[2])


def test_only_what_must_outlive_a_power_cut_is_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[Any] = []
    monkeypatch.setattr(os, "fsync", flushed.append)
    with JournalWriter(tmp_path / "journal", tmp_path / "lock") as writer:
        writer.append(*RECORDS[:4])
        assert len(flushed) == 0
        writer.append(RECORDS[4])
        writer.append(*RECORDS[5:])
        assert len(flushed) == 2


def test_a_place_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    with pytest.raises(JournalError, match="can't be opened"):
        JournalWriter(tmp_path / "journal", tmp_path / "lock")
    assert not is_held(tmp_path / "lock")
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="can't be taken"):
        JournalWriter(tmp_path / "file" / "journal", tmp_path / "file" / "lock")
