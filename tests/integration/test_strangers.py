"""Applications that were never written for us, with all that such scripts do."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from sweeps.records import Ended
from sweeps.store import stores
from tests.integration.disturbed import PATIENCE_SECONDS

OURS = ("-m", "hydra/launcher=sweepstack", "hydra/sweeper=sweepstack", "hydra.launcher.workers=2")

APP = '''
"""A stranger's app."""
import os
import sys
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import hydra
import logging
from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

import utils
from analysis import numbers

log = logging.getLogger(__name__)
OmegaConf.register_new_resolver("twice", lambda x: 2 * x)
OmegaConf.register_new_resolver("power", numbers.power)


class Shape(Enum):
    FLAT = 1
    STEEP = 2


class Answer:
    """What JSON can't say."""

    def __init__(self, number):
        self.number = number


@hydra.main(config_path="conf", config_name="config", version_base="1.3")
def main(cfg):
    print("printed by the task")
    os.system("echo printed by a child")
    log.info("logged by the task")
    Path("written.txt").write_text(str(cfg.twice))
    match cfg.does:
        case "number":
            return utils.add(cfg.twice, cfg.power)
        case "none":
            return None
        case "pair":
            return (float(cfg.a), 2)
        case "object":
            return Answer(cfg.a)
        case "exit":
            sys.exit(cfg.code)
        case "exit_silently":
            sys.exit()
        case "raise":
            raise RuntimeError("as asked")


@dataclass
class Schema:
    a: int = 3
    does: str = "number"
    code: int = 0
    shape: Shape = Shape.FLAT
    twice: int = "${twice:${a}}"
    power: int = "${power:${a},2}"


ConfigStore.instance().store("schema", Schema)
if __name__ == "__main__":
    main()
'''
FILES = {
    "app.py": APP,
    "utils.py": "def add(a, b):\n    return a + b\n",
    "analysis/__init__.py": "",
    "analysis/numbers.py": "def power(a, b):\n    return a**b\n",
    "sweeps_of_mine.txt": "",
    "conf/config.yaml": "defaults:\n  - schema\n  - _self_\nshape: STEEP\n",
}


@pytest.fixture(autouse=True)
def store(tmp_path: Path, empty_store: Path) -> None:
    """Spare each case the seconds in which MLflow makes its tables."""
    shutil.copyfile(empty_store, tmp_path / "mlflow.db")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def run(folder: Path, arguments: Sequence[str], *, fails: bool = False) -> str:
    ended = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    printed = ended.stdout + ended.stderr
    assert (ended.returncode != 0) is fails, printed
    return printed


def outcomes(folder: Path) -> dict[str, Ended]:
    """Give the outcome of each run by its name."""
    records = [run.record() for store in stores(folder / ".sweeps") for run in store.runs()]
    return {one.definition.name: one.outcome for one in records if one.definition}


@pytest.mark.parametrize("program", [["app.py"], ["-m", "app"]])
def test_resolvers_schemas_and_modules_beside_the_script_are_there(
    app: Path, program: list[str]
) -> None:
    run(app, [*program, *OURS, "a=3,4", "hydra.job.chdir=true"])
    assert {one.value for one in outcomes(app).values()} == {15, 24}
    assert {path.read_text() for path in app.glob("multirun/*/*/*/written.txt")} == {"6", "8"}
    assert not (app / "written.txt").exists()


def test_a_sweep_started_elsewhere_has_the_commit_of_the_apps_checkout(app: Path) -> None:
    git = ["git", "-C", str(app), "-c", "user.name=A", "-c", "user.email=a@b.c"]
    for arguments in (["init", "-q"], ["add", "*.py"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *arguments], check=True)
    head = subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()
    (app / "utils.py").write_text("def add(a, b):\n    return b + a\n")
    with tempfile.TemporaryDirectory() as elsewhere:
        run(Path(elsewhere), [str(app / "app.py"), *OURS])
        (store,) = stores(Path(elsewhere) / ".sweeps")
        (made,) = store.runs()
        (diff,) = Path(elsewhere, ".sweeps").rglob("dirty.diff")
        assert "return b + a" in diff.read_text()
        definition = made.record().definition
    assert definition is not None
    assert definition.tags["mlflow.source.git.commit"] == head
    assert definition.tags["git.dirty"] == "true"


def test_what_it_prints_and_logs_is_in_its_log_once(app: Path) -> None:
    printed = run(app, ["app.py", *OURS])
    (log,) = app.glob("multirun/*/*/0/app.log")
    for line in ("printed by the task", "printed by a child", "logged by the task"):
        assert line not in printed
        assert log.read_text().count(line) == 1


def test_every_way_to_return_or_exit(app: Path) -> None:
    does = "number,none,pair,object,exit,exit_silently,raise"
    printed = run(app, ["app.py", *OURS, f"does={does}", "code=0"], fails=True)
    ended = outcomes(app)
    assert {name: one.value for name, one in ended.items() if one.state == "finished"} == {
        "number": 15,
        "none": None,
        "pair": [3.0, 2],
        "object": None,
        "exit": None,
        "exit_silently": None,
    }
    assert not ended["object"].kept
    assert ended["raise"].state == "failed"
    assert "as asked" in printed
    assert ended["raise"].log in printed
    run(app, ["app.py", *OURS, "does=exit", "code=3"], fails=True)
    assert "sys.exit(3)" in outcomes(app)["run"].reason


SWEEPER = '''
import json
import sys
from pathlib import Path

from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper


class Asking(Sweeper):
    """Launches three batches and notes what it gets."""

    def setup(self, *, hydra_context, task_function, config):
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )
        self.arguments = config

    def sweep(self, arguments):
        got, numbers = [], []
        for first, batch in ((0, ("1", "2")), (2, ("3", "4")), (4, ("5",))):
            jobs = [[*arguments, f"a={a}"] for a in batch]
            for one in self.launcher.launch(jobs, initial_job_idx=first):
                value = one.return_value
                got.append(getattr(value, "number", value))
                numbers.append(one.hydra_cfg.hydra.job.num)
        Path("got.json").write_text(json.dumps({"got": got, "numbers": numbers}))
'''


@pytest.fixture
def asking(app: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the app a sweeper that reads values and works in batches, as optimizers do."""
    plugins = app / "hydra_plugins"
    plugins.mkdir()
    (plugins / "asking.py").write_text(SWEEPER)
    sweeper = app / "conf" / "hydra" / "sweeper"
    sweeper.mkdir(parents=True)
    (sweeper / "asking.yaml").write_text("_target_: hydra_plugins.asking.Asking\n")
    monkeypatch.setenv("PYTHONPATH", str(app))
    return app


def ask(app: Path, *overrides: str, fails: bool = False) -> tuple[str, dict[str, list[object]]]:
    (app / "got.json").unlink(missing_ok=True)
    command = ["app.py", "-m", "hydra/launcher=sweepstack", "hydra/sweeper=asking", *overrides]
    printed = run(app, command, fails=fails)
    got = app / "got.json"
    return printed, json.loads(got.read_text()) if got.exists() else {}


@pytest.mark.parametrize(
    ("does", "expected"),
    [
        ("number", [3, 8, 15, 24, 35]),
        ("pair", [[1.0, 2], [2.0, 2], [3.0, 2], [4.0, 2], [5.0, 2]]),
        ("object", [1, 2, 3, 4, 5]),
    ],
)
def test_a_sweeper_that_works_in_batches_gets_its_values_also_from_reused_runs(
    asking: Path, does: str, expected: list[object]
) -> None:
    from mlflow import MlflowClient

    printed, first = ask(asking, f"does={does}")
    assert first == {"got": expected, "numbers": [0, 1, 2, 3, 4]}
    assert printed.count("best value first") == 1
    assert "5 runs, best value first" in printed
    assert ask(asking, f"does={does}")[1]["got"] == expected
    client = MlflowClient(f"sqlite:///{(asking / 'mlflow.db').as_posix()}")
    experiments = [one.experiment_id for one in client.search_experiments()]
    (parent,) = client.search_runs(experiments, "tags.`sweeps.kind` = 'sweep'")
    assert parent.data.metrics["finished"] == 5


def test_a_failed_batch_shows_its_failures_with_their_logs(asking: Path) -> None:
    printed, _ = ask(asking, "does=raise", fails=True)
    for ended in outcomes(asking).values():
        assert ended.log in printed


@pytest.mark.parametrize("sweeper", ["basic", "sweepstack"])
def test_batches_of_a_grid_are_one_sweep(app: Path, sweeper: str) -> None:
    from mlflow import MlflowClient

    command = ["app.py", "-m", "hydra/launcher=sweepstack", f"hydra/sweeper={sweeper}"]
    printed = run(app, [*command, "hydra.sweeper.max_batch_size=2", "a=1,2,3"])
    assert printed.count("best value first") == 1
    assert len(list(app.glob("multirun/*/*/*/app.log"))) == 3
    client = MlflowClient(f"sqlite:///{(app / 'mlflow.db').as_posix()}")
    experiments = [one.experiment_id for one in client.search_experiments()]
    (parent,) = client.search_runs(experiments, "tags.`sweeps.kind` = 'sweep'")
    assert parent.data.metrics["finished"] == 3


@pytest.mark.parametrize("sweeper", ["basic", "sweepstack"])
def test_launches_in_one_second_have_folders_of_their_own(app: Path, sweeper: str) -> None:
    # The whole year is one moment here.
    command = [sys.executable, "app.py", "-m", "hydra/launcher=sweepstack"]
    command += [f"hydra/sweeper={sweeper}", "hydra.sweep.dir=multirun/${now:%Y}"]
    both = [subprocess.Popen([*command, f"a={a},{a + 1}"], cwd=app) for a in (1, 3)]
    assert [process.wait(PATIENCE_SECONDS) for process in both] == [0, 0]
    first, second = sorted((app / "multirun").iterdir())
    assert second.name == f"{first.name}-2"
    overrides = []
    for folder in (first, second):
        text = (folder / "multirun.yaml").read_text()
        jobs = [(folder / job / ".hydra" / "overrides.yaml").read_text() for job in ("0", "1")]
        swept = ",".join(job.removeprefix("- a=").strip() for job in jobs)
        assert f"- a={swept}\n" in text
        assert (folder / "1" / "app.log").read_text().count("logged by the task") == 1
        overrides.append(swept)
    assert sorted(overrides) == ["1,2", "3,4"]
    assert {Path(one.log).parent for one in outcomes(app).values()} == {
        folder / job for folder in (first, second) for job in ("0", "1")
    }


def test_a_chosen_folder_holds_and_no_run_writes_into_anothers(app: Path) -> None:
    chosen = ["app.py", *OURS, "hydra.sweep.dir=out"]
    fails = ["does=exit", "code=3"]
    run(app, [*chosen, *fails], fails=True)
    run(app, [*chosen, "a=4"])
    run(app, [*chosen, *fails, "hydra.launcher.retry=failed"], fails=True)
    logs = {path.parent.name: path.read_text() for path in app.glob("out/*/app.log")}
    counts = {name: text.count("logged by the task") for name, text in logs.items()}
    assert counts == {"0": 2, "0-2": 1}
    assert "does=exit" in (app / "out" / "0" / ".hydra" / "overrides.yaml").read_text()
    assert "a=4" in (app / "out" / "0-2" / ".hydra" / "overrides.yaml").read_text()


@pytest.mark.parametrize("sweeper", ["basic", "sweepstack"])
def test_runs_that_are_not_in_mlflow_keep_the_exit_code_from_0(app: Path, sweeper: str) -> None:
    command = ["app.py", "-m", "hydra/launcher=sweepstack", f"hydra/sweeper={sweeper}", "a=1,2"]
    nowhere = "hydra.launcher.tracking_uri=http://127.0.0.1:1"
    printed = run(app, [*command, nowhere], fails=True)
    assert "2 runs, best value first" in printed
    assert "2 runs wait for delivery" in printed
    assert "Traceback" not in printed
    assert "2 reused" in run(app, command)
