"""Experiments as files: found, read, ordered, and their faults told at once."""

from pathlib import Path

import pytest

from analysis.errors import AnalysisError
from analysis.experiments import experiments, folders
from analysis.sections import Cells

SECTION = """\
# @package _global_
# python train.py -m +experiment=mine
report:
  title: Rates
  section: {section}
  select: {{epochs: 5}}
  grid: {{learning_rate: [0.1, 0.2], momentum: [none, damped]}}
  cells:
    - name: plain
      where: {{momentum: none, learning_rate: 0.10}}
      published: {{test_accuracy: 84}}
    - {{name: other, where: {{learning_rate: 0.3}}}}
  metrics: [{{name: test_accuracy, percent: true}}]
"""


def written(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_grid_makes_cells_and_cells_say_more_of_them(tmp_path: Path) -> None:
    (found,) = experiments([written(tmp_path, mine=SECTION.format(section=3))])
    assert (found.name, found.command) == ("mine", "python train.py -m +experiment=mine")
    assert isinstance(found.section, Cells)
    names = [cell.name for cell in found.section.cells]
    assert names == ["plain", "0.1, damped", "0.2, none", "0.2, damped", "other"]
    assert found.section.cells[0].published == {"test_accuracy": 84}


def test_sections_stand_by_number_and_words_after_them(tmp_path: Path) -> None:
    texts = {
        f"f{at}": SECTION.format(section=one) for at, one in enumerate(("10", "B", "2.5", "3"))
    }
    found = experiments([written(tmp_path, **texts)])
    assert [one.section.section for one in found] == [2.5, 3, 10, "B"]


def test_files_without_a_report_are_no_sections(tmp_path: Path) -> None:
    assert experiments([written(tmp_path, a="epochs: 3\n", b="")]) == []


def test_folders_below_count_and_a_nearer_file_hides_a_farther_one(tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    (near / "tuned").mkdir(parents=True)
    far.mkdir()
    written(near / "tuned", mine=SECTION.format(section=1))
    written(near, mine=SECTION.format(section=2))
    written(far, mine=SECTION.format(section=9), more=SECTION.format(section=5))
    found = experiments([near, far])
    assert [(one.name, one.section.section) for one in found] == [
        ("tuned/mine", 1),
        ("mine", 2),
        ("more", 5),
    ]


def test_a_users_own_experiments_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "conf" / "experiment"
    own.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    found = folders()
    assert found[0] == own.resolve()
    assert len(found) == 2, "those of the checkout or the wheel too"


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    claim = "  claims: [{id: a, sentence: s, kind: higher, cell: nobody, against: [plain]}]\n"
    written(
        tmp_path,
        a=SECTION.format(section=1).replace("metrics:", "metrisc:"),
        b=SECTION.format(section=1) + claim,
        c="report: [1, 2",
        d=SECTION.format(section=1).replace("test_accuracy: 84", "accuracy: 84"),
        e=SECTION.format(section=1) + "  figures: [{kind: curves, panels: [{label: Loss}]}]\n",
        f=SECTION.format(section=1) + "  figures: [{kind: lines, x: learning_rte, by: momentm}]\n",
        g=SECTION.format(section=1) + "  figures: [{kind: heat, x: epochs, y: rates}]\n",
    )
    with pytest.raises(AnalysisError) as caught:
        experiments([tmp_path])
    told = str(caught.value)
    assert "a.yaml: report.metrisc: Extra inputs are not permitted" in told
    assert "a.yaml: report.metrics: Field required" in told
    assert "claim 'a' names 'nobody': there are plain" in told
    assert "c.yaml is no YAML" in told
    assert "published 'accuracy', which is none of the metrics" in told
    assert "e.yaml: report.figures.0.curves.panels.0: " in told
    assert "a panel needs a line: LINE-NAME: CURVE" in told
    assert "'learning_rte': there are epochs, learning_rate, momentum" in told
    assert "names 'momentm'" in told
    assert "names 'rates'" in told
    assert "names 'epochs'" not in told


def test_what_is_no_text_or_no_file_is_told_with_the_other_faults(tmp_path: Path) -> None:
    written(tmp_path, a="report: [1, 2")
    (tmp_path / "b.yaml").write_bytes(b"report:\n  title: caf\xe9\n")
    (tmp_path / "c.yaml").mkdir()
    with pytest.raises(AnalysisError) as caught:
        experiments([tmp_path])
    first, second, third = str(caught.value).splitlines()
    assert "a.yaml is no YAML" in first
    assert second.endswith("b.yaml is no text in UTF-8: its byte 21 can't be read so.")
    assert "c.yaml can't be read: " in third


def test_the_houses_own_experiments_can_be_read() -> None:
    """Their faults would be told here; that each job is selected is held where Hydra may be."""
    experiments(folders())
