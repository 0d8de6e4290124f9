"""The command as a user meets it: real store, real files, and a word for every mistake."""

import csv
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.compare import command as compare
from analysis.errors import AnalysisError
from analysis.export import command as export
from analysis.report import command as report

EXPERIMENT = """\
# python train.py -m +experiment=activation
report:
  title: Activation & more_
  section: 5
  reading: faithful
  question: Does it matter?
  seeds: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
  select: {learning_rate: 0.1}
  cells:
    - {name: tanh, where: {activation: tanh}, published: {test_accuracy: 84.31}}
    - {name: sigmoid, where: {activation: sigmoid}, published: {test_accuracy: 84.51}}
    - {name: relu, where: {activation: relu}, published: {test_accuracy: 74.12}}
    - {name: elu, where: {activation: elu}}
  metrics:
    - {name: test_accuracy, percent: true, better: higher}
    - {name: best_epoch, decimals: 1}
  references: [{name: somebody, metric: test_accuracy, value: 87, note: one run}]
  figures:
    - {kind: curves, title: Curves, panels: [{label: Loss, validation: validation_loss}]}
    - {kind: points, title: Points}
    - {kind: stopping, title: Stopping, cell: tanh, metric: validation_loss}
  claims:
    - {id: relu, sentence: ReLU is worse., kind: lower, cell: relu, against: [tanh, sigmoid]}
    - {id: elu, sentence: ELU is best., kind: best, cell: elu}
"""
FILES = {
    "report.html",
    "report.md",
    "report.manifest",
    "latex/tables.tex",
    "latex/activation.tex",
    "tables/activation.csv",
    "figures/activation-1.svg",
    "figures/activation-1.png",
    "figures/activation-1.pdf",
    "figures/activation-1.csv",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "activation.yaml").write_text(EXPERIMENT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def records(activations: Any, folder: Path) -> str:
    """Give the records of three whole cells, a failed run, a strange and an excluded one."""
    from analysis.archive import write

    reason = {"sweeps.reason": "diverged: the loss is no number"}
    activations.add({"activation": "elu", "seed": 0}, None, state="failed", tags=reason)
    activations.add({"activation": "gelu", "seed": 0}, 0.8)
    activations.add({"activation": "relu", "seed": 0}, 0.1, tags={"exclude": "the disk was full"})
    path = folder / "records.zip"
    write(path, activations.all(), ["test"], {})
    return str(path)


def made(folder: Path, source: str, name: str = "report", *more: str) -> dict[str, bytes]:
    out = folder / name
    place = str(folder / "experiments")
    report(["--from", source, "--experiments", place, "--out", str(out), "--workers", "1", *more])
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file()
    }


def test_it_writes_every_form_and_the_same_bytes_each_time(folder: Path, records: str) -> None:
    first = made(folder, records)
    assert first.keys() >= FILES
    assert made(folder, records, "again") == first
    assert made(folder, records) == first, "over an older one"
    assert b"/Type42" in first["figures/activation-1.pdf"] or (
        b"FontFile2" in first["figures/activation-1.pdf"]
    )
    wider = made(folder, records, "wide", "--width", "8")
    assert wider["figures/activation-1.svg"] != first["figures/activation-1.svg"]


@pytest.mark.slow
def test_several_processes_draw_the_same(folder: Path, records: str) -> None:
    assert made(folder, records, "two", "--workers", "2") == made(folder, records)


def test_the_page_says_what_there_is_and_what_is_not(folder: Path, records: str) -> None:
    text = made(folder, records)["report.md"].decode()
    row = next(line for line in text.splitlines() if line.startswith("| [relu]"))
    assert re.search(r"\| 10 \| 7\d\.\d\d \|", row)
    assert "74.12" in row
    assert "| [elu](#runs-activation-elu) | 0 of 10 |" in text
    assert "1 diverged; 9 missing" in text
    assert "python train.py -m +experiment=activation" in text
    assert "| “ReLU is worse.” | held |" in text
    assert "| “ELU is best.” | not tested |" in text
    assert "the disk was full" in text
    assert "| run 31 |" in text, "runs of no section"
    assert "| somebody |" in text
    for word in ("c" * 40, "code-1", "made digest-1", "openblas SkylakeX", f"0 `{'0' * 32}`"):
        assert word in text, "the runs behind a cell"


def test_names_that_no_run_knows_are_told_on_page_and_terminal(
    folder: Path, records: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = folder / "experiments" / "activation.yaml"
    wrong = EXPERIMENT.replace("validation: validation_loss", "validation: valdation_loss")
    wrong = wrong.replace("name: best_epoch", "name: best_epch")
    place.write_text(wrong, encoding="utf-8")
    text = made(folder, records)["report.md"].decode()
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in told] == ["activation"] * 2
    for at, sentence in enumerate(
        (
            "No run of this section has a metric best_epch: there are best_epoch,",
            "No run of this section has a curve valdation_loss: there are validation_loss.",
        )
    ):
        assert sentence in text
        assert sentence in told[at]


def test_names_that_runs_know_are_not_told(
    folder: Path, records: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made(folder, records)
    assert capsys.readouterr().err == ""


def test_each_number_is_in_the_csv_at_full_precision(folder: Path, records: str) -> None:
    made(folder, records)
    with (folder / "report" / "tables" / "activation.csv").open(newline="") as file:
        rows = {(row["cell"], row["metric"]): row for row in csv.DictReader(file)}
    row = rows["relu", "test accuracy (%)"]
    values = [float(value) for value in row["values"].split()]
    assert len(values) == int(row["n"]) == 10
    assert float(row["mean"]) == pytest.approx(sum(values) / 10, rel=1e-9)
    assert float(row["low_over_seeds"]) < float(row["mean"]) < float(row["high_over_seeds"])
    assert len(row["runs"].split()) == 10
    assert rows["elu", "test accuracy (%)"]["mean"] == ""


def test_the_page_stands_alone_and_can_be_read_by_all(folder: Path, records: str) -> None:
    page = made(folder, records)["report.html"].decode()
    assert not re.search(r'(src|href)="https?:', page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'href="#([^"]+)"', page):
        assert target in ids, target
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)
    labels = re.findall(r'role="img" aria-label="([^"]+)"', page)
    assert len(labels) == 4
    assert any("relu lowest with 7" in label for label in labels), "alt text states the finding"
    assert page.count("<h1") == 1
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_latex_is_well_formed(folder: Path, records: str) -> None:
    files = made(folder, records)
    for name, data in files.items():
        if not name.startswith("latex/") or name.endswith("tables.tex"):
            continue
        needs, text = data.decode().split("\n", 1)
        assert needs.startswith(r"% Needs \usepackage")
        assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
        columns = re.search(r"\\begin\{(?:tabular|longtable)\}\{(.*)\}\n", text)
        assert columns is not None
        plain = re.sub(r">\{[^}]*\}", "", columns[1])
        width = len(re.findall(r"p\{[^}]*\}|[rl]", plain))
        rows = [line for line in text.splitlines() if line.endswith(r"\\")]
        rows = [line for line in rows if not line.startswith(r"\caption")]
        assert all(len(re.findall(r"(?<!\\)&", row)) == width - 1 for row in rows)
        assert not re.search(r"(?<!\\)[%#_]", re.sub(r"\\label\{[^}]*\}", "", text))
        assert text.isascii()


def test_a_store_and_its_records_give_the_same_report(
    activations: Any, deliver: Callable[[Any], str], folder: Path
) -> None:
    activations.add({"activation": "elu", "seed": 0}, None, state="failed")
    uri = deliver(activations)
    first = made(folder, uri)
    place = str(folder / "records.zip")
    export([place, "--from", uri, "--experiments", str(folder / "experiments")])
    assert made(folder, place, "again") == first


def test_it_is_kept_with_the_sweeps_own_run(
    activations: Any, deliver: Callable[[Any], str], folder: Path
) -> None:
    from mlflow import MlflowClient

    from analysis.reading import read

    uri = deliver(activations)
    (folder / "report").mkdir()
    (folder / "report" / "mine.txt").write_text("not to be sent anywhere")
    made(folder, uri, "report", "--sweep", "activation", "--log")
    (sweep,) = read(uri).sweeps
    kept = {one.path for one in MlflowClient(uri).list_artifacts(sweep.run_id, "report")}
    assert kept >= {"report/report.html", "report/report.md", "report/tables"}
    assert "report/mine.txt" not in kept


def test_from_three_runs_alone_it_is_of_use(made_up: str, folder: Path) -> None:
    text = made(folder, made_up)["report.md"].decode()
    assert text.index("## All runs") < text.index("## In short"), "what there is comes first"
    assert "**n=1:** one seed gives no interval" in text
    assert "python train.py -m activation=tanh seed=0,1,2,3,4,5,6,7,8,9" in text
    assert "| tanh | 1 | 87.50 | – |" in text


@pytest.fixture
def made_up(request: pytest.FixtureRequest, folder: Path) -> str:
    from analysis.archive import write
    from analysis.runs import Sweep

    runs = request.getfixturevalue("made")
    for name, accuracy in (("tanh", 0.875), ("sigmoid", 0.85), ("relu", 0.8)):
        runs.add({"activation": name, "learning_rate": 0.3}, accuracy)
    runs.sweeps.append(Sweep("sweep-1", "activation", "python train.py -m activation=tanh", "f"))
    write(folder / "three.zip", runs.all(), ["test"], {})
    return str(folder / "three.zip")


def test_a_comparison_has_every_figure(folder: Path, records: str) -> None:
    compare(["--from", records, "--out", str(folder / "compare")])
    names = {path.name for path in (folder / "compare" / "figures").glob("*.svg")}
    assert names == {"curves.svg"}
    text = (folder / "compare" / "report.md").read_text(encoding="utf-8")
    assert text.index("| gelu |") > text.index("| tanh |") > 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "nowhere.db"], "There is no file nowhere.db"),
        (["--width", "100"], "--width 100 is not allowed"),
        (["--experiments", "nowhere"], "--experiments nowhere is no folder"),
        (["--sweep", "other"], "No sweep is called 'other'. There are:\n  sweep-1  activation"),
        (["--experiment", "other"], "There is no experiment other: there are made"),
        (["--workers", "0"], "--workers 0 is not allowed"),
        (["--log"], "nothing can be logged to a file of run records"),
    ],
)
def test_a_mistake_is_one_sentence(
    folder: Path, records: str, arguments: list[str], told: str
) -> None:
    more = [] if "--from" in arguments else ["--from", records]
    with pytest.raises(AnalysisError, match=re.escape(told)):
        report([*more, "--out", str(folder / "report"), "--workers", "1", *arguments])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("file/records.zip", "Nothing can be written into"),
        ("folder.zip", "folder.zip is a folder"),
        ("records.txt", "records.txt is not allowed"),
    ],
)
def test_records_that_cannot_be_written_are_one_sentence(
    folder: Path, records: str, name: str, told: str
) -> None:
    (folder / "file").write_bytes(b"")
    (folder / "folder.zip").mkdir()
    with pytest.raises(AnalysisError, match=re.escape(told)):
        export([str(folder / name), "--from", records])


def test_records_are_written_into_a_new_folder(folder: Path, records: str) -> None:
    place = folder / "new" / "one" / "records.zip"
    export([str(place), "--from", records, "--experiments", str(folder / "experiments")])
    assert place.read_bytes() == Path(records).read_bytes()


def test_all_faults_of_the_options_are_told_at_once(folder: Path) -> None:
    (folder / "file").write_bytes(b"")
    with pytest.raises(AnalysisError) as caught:
        report(["--width", "1", "--experiments", "nowhere", "--out", str(folder / "file")])
    assert len(str(caught.value).splitlines()) == 3


def test_sweeps_whose_names_begin_alike_are_named(
    activations: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis.archive import write
    from analysis.runs import Sweep

    activations.sweeps.append(Sweep("other-sweep", "activation (tuned)", "", "e" * 32))
    write(folder / "two.zip", activations.all(), [], {})
    told = ["--from", str(folder / "two.zip"), "--out", str(folder / "compare")]
    compare([*told, "--sweep", "activation"])
    assert (
        "2 sweeps begin with 'activation':\n  other-sw  activation (tuned)\n  sweep-1  activation\n"
    ) in capsys.readouterr().out
    compare([*told, "--sweep", "sweep-1"])
    assert "begin with" not in capsys.readouterr().out, "one needs no list"


def test_runs_of_no_checkout_have_an_unknown_commit_in_every_form(
    activations: Any, folder: Path
) -> None:
    from analysis.archive import write

    for run in activations.runs:
        if run.params["activation"] == "tanh":
            del run.tags["mlflow.source.git.commit"]
        if run.params["activation"] == "relu" and run.params["seed"] == "3":
            run.tags["mlflow.source.git.commit"] = ""
    write(folder / "records.zip", activations.all(), ["test"], {})
    files = made(folder, str(folder / "records.zip"))
    for name in ("report.md", "report.html"):
        text = files[name].decode()
        for told in ("commit unknown;", f"commit {'c' * 40};", f"commit {'c' * 40}, unknown;"):
            assert text.count(told) == 1, (name, told)
    rows = list(csv.DictReader(files["tables/activation.csv"].decode().splitlines()))
    assert {row["cell"]: row["commit"] for row in rows} == {
        "tanh": "unknown",
        "sigmoid": "c" * 40,
        "relu": f"{'c' * 40}, unknown",
        "elu": "",
    }


@pytest.mark.parametrize("command", ["report", "compare", "export"])
def test_help_and_refusals_import_nothing_heavy(command: str, tmp_path: Path) -> None:
    code = (
        "import sys, runpy, json\n"
        "try: runpy.run_module('analysis.COMMAND', run_name='__main__')\n"
        "except SystemExit as end: pass\n"
        "print(json.dumps([m for m in ('mlflow', 'matplotlib', 'pandas', 'scipy')"
        " if m in sys.modules]))"
    ).replace("COMMAND", command)
    for arguments in (["--help"], ["--no-such-option"]):
        ended = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout.splitlines()[-1]) == []


def test_a_faulty_experiment_is_told_before_anything_is_read(folder: Path) -> None:
    faulty = EXPERIMENT.replace("kind: lower", "kind: less")
    (folder / "experiments" / "activation.yaml").write_text(faulty, encoding="utf-8")
    code = (
        "import sys\n"
        "from analysis.report import command\n"
        "from analysis.options import run\n"
        "try: run(command)\n"
        "finally: print([m for m in ('mlflow', 'matplotlib') if m in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "--experiments", str(folder / "experiments")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout.strip() == "[]"
    assert "claims.0" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (folder / "report").exists()
