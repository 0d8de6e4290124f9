from pathlib import Path

from sweeps.launches import kept_files, launches, merged
from tests.sweeps.launched import launch, wanted


def test_a_launch_is_read_back_as_it_was_with_the_files_kept_beside_it(tmp_path: Path) -> None:
    made = launch("1", (wanted("a", "A"), wanted("b", "B")))
    made.save(tmp_path, {"versions.txt": "numpy==2\n"})
    assert list(launches(tmp_path)) == [made]
    assert kept_files(tmp_path, "1") == {"versions.txt": "numpy==2\n"}
    assert kept_files(tmp_path, "2") == {}


def test_the_latest_launch_comes_first_and_an_unreadable_one_is_passed_over(tmp_path: Path) -> None:
    for label in ("1", "3", "2"):
        launch(label, ()).save(tmp_path, {})
    (tmp_path / "launches" / "2.json").write_text('{"label": ')
    assert [one.label for one in launches(tmp_path)] == ["3", "1"]


def test_a_sweep_wants_what_any_launch_wanted_as_its_latest_one_has_it() -> None:
    first = launch("1", (wanted("a", "A"), wanted("b", "B")))
    edited = launch("2", (wanted("b", "B, of other code"), wanted("c", "C")))
    whole = merged([edited, first])
    assert whole.label == "2"
    assert [job.identity for job in whole.jobs] == ["B, of other code", "C", "A"]


def test_a_file_of_a_launch_moves_with_the_journals(tmp_path: Path) -> None:
    here = tmp_path / "new" / ".sweeps"
    old = launch("1", (), folder=str(tmp_path), store=str(tmp_path / ".sweeps"))
    log = tmp_path / "multirun" / "0" / "a.log"
    assert old.moved(str(log), here) == tmp_path / "new" / "multirun" / "0" / "a.log"
    assert old.moved(str(log), tmp_path / ".sweeps") == log
