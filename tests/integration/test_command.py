"""`python -m mlp.run` as a user runs it: real data, real processes, a real store."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

METRICS = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
EPOCHS = 3
COMMAND = [
    "-m",
    "mlp.run",
    "-m",
    "activation=tanh,sigmoid,relu",
    "data.limit=2048",
    f"epochs={EPOCHS}",
]
HEAVY = ("mlflow", "matplotlib", "numpy", "joblib", "pandas")


def run(
    folder: Path, *arguments: str, store: str | None = None
) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ) | ({"MLFLOW_TRACKING_URI": store} if store else {})
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


class Swept:
    """A folder in which the README's sweep was run on a slice of the data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ended = run(folder, *COMMAND)
        assert self.ended.returncode == 0, self.ended.stdout + self.ended.stderr
        # MLflow's own default, so that `mlflow ui` in the same folder shows it.
        self.client = MlflowClient(f"sqlite:///{(folder / 'mlflow.db').as_posix()}")
        experiment = self.client.get_experiment_by_name("fashion_mnist")
        runs = self.client.search_runs([experiment.experiment_id])
        (self.parent,) = [one for one in runs if one.data.tags["sweeps.kind"] == "sweep"]
        self.children = {
            one.data.params["activation"]: one
            for one in runs
            if one.data.tags["sweeps.kind"] == "run"
        }

    def artifact(self, one: Run, name: str) -> Path:
        return Path(self.client.download_artifacts(one.info.run_id, name))


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    return Swept(tmp_path_factory.mktemp("swept"))


def test_there_is_a_child_for_each_activation_and_one_parent(swept: Swept) -> None:
    assert set(swept.children) == {"tanh", "sigmoid", "relu"}
    for name, child in swept.children.items():
        assert child.info.status == "FINISHED"
        assert child.info.run_name == f"{name} seed=0"
        assert child.data.tags["mlflow.parentRunId"] == swept.parent.info.run_id


def test_curves_have_a_point_for_each_epoch_from_one(swept: Swept) -> None:
    for child in swept.children.values():
        for metric in METRICS:
            points = swept.client.get_metric_history(child.info.run_id, metric)
            assert [point.step for point in points] == list(range(1, EPOCHS + 1))


def test_figures_that_a_run_has_once(swept: Swept) -> None:
    for child in swept.children.values():
        once = child.data.metrics
        assert 0 <= once["test_accuracy"] <= 1, "accuracies are fractions in the store"
        assert once["test_loss"] > 0
        assert 1 <= once["best_epoch"] <= EPOCHS
        assert once["seconds"] > 0
        best = swept.client.get_metric_history(child.info.run_id, "validation_loss")
        assert once["best_validation_loss"] == min(point.value for point in best)


def test_params_are_the_resolved_settings_and_nothing_of_the_sweep(swept: Swept) -> None:
    params = swept.children["relu"].data.params
    assert params["epochs"] == str(EPOCHS)
    assert params["hidden_units"] == "[50]"
    assert params["seeds.shuffle"] == "0"
    assert not [key for key in params if key.startswith(("sweep", "tracking", "hydra"))]


def test_tags_say_what_a_run_was_made_of(swept: Swept) -> None:
    tags = [child.data.tags for child in swept.children.values()]
    assert len({one["sweeps.identity"] for one in tags}) == 3
    assert len({one["sweeps.repeat"] for one in tags}) == 3
    assert len({one["sweeps.code"] for one in tags}) == 1
    assert re.fullmatch("[0-9a-f]{64}", tags[0]["input.fashion_mnist"])
    assert tags[0]["version.numpy"] == np.__version__
    assert tags[0]["version.blas"]


def test_the_data_set_is_logged(swept: Swept) -> None:
    (logged,) = swept.children["tanh"].inputs.dataset_inputs
    assert logged.dataset.name == "fashion_mnist"


def test_weights_curves_and_predictions_are_kept(swept: Swept) -> None:
    child = swept.children["tanh"]
    with np.load(swept.artifact(child, "weights.npz"), allow_pickle=False) as weights:
        assert weights["weight_1"].shape == (50, 784)
        assert weights["bias_2"].shape == (10,)
    predictions = np.load(swept.artifact(child, "test_predictions.npy"), allow_pickle=False)
    assert (predictions.dtype, predictions.shape) == (np.uint8, (2048,))
    correct = np.load(swept.artifact(child, "test_correct.npy"), allow_pickle=False)
    assert correct.mean() == pytest.approx(child.data.metrics["test_accuracy"])
    with swept.artifact(child, "curves.csv").open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2", "3"]
    with swept.artifact(child, "confusion_matrix.csv").open(newline="") as file:
        rows = [row[1:-1] for row in csv.reader(file)][1:]
    confusion = np.array(rows, dtype=int)
    assert confusion.sum() == 2048
    assert np.trace(confusion) / 2048 == pytest.approx(child.data.metrics["test_accuracy"])


def test_the_parent_says_the_command_and_what_came_of_it(swept: Swept) -> None:
    tags, metrics = swept.parent.data.tags, swept.parent.data.metrics
    assert tags["mlflow.note.content"] == " ".join(["python", *COMMAND])
    assert (metrics["finished"], metrics["failed"]) == (3, 0)
    values = [one.data.metrics["best_validation_loss"] for one in swept.children.values()]
    assert metrics["best_validation_loss"] == min(values)
    assert swept.parent.info.status == "FINISHED"
    with swept.artifact(swept.parent, "runs.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 3
    assert "validation_loss" in swept.artifact(swept.parent, "table.md").read_text(encoding="utf-8")
    assert "numpy" in swept.artifact(swept.parent, "versions.txt").read_text(encoding="utf-8")


def test_the_table_has_the_best_first_and_says_how_to_see_curves(swept: Swept) -> None:
    lines = swept.ended.stdout.splitlines()
    best = sorted(
        swept.children, key=lambda name: swept.children[name].data.metrics["best_validation_loss"]
    )
    shown = [line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in best]
    assert shown == best
    assert "differences under about a point of accuracy are noise" in swept.ended.stdout
    store = (swept.folder / "mlflow.db").as_posix()
    assert f'mlflow ui --backend-store-uri "sqlite:///{store}" --port ' in swept.ended.stdout


def test_hydras_own_folders_are_written(swept: Swept) -> None:
    (log,) = swept.folder.glob("multirun/*/*/0/*.log")
    assert (log.parent / ".hydra" / "overrides.yaml").is_file()


def test_the_same_command_again_trains_nothing(swept: Swept) -> None:
    again = run(swept.folder, *COMMAND)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("(reused)") == 3
    experiment = swept.client.get_experiment_by_name("fashion_mnist")
    assert len(swept.client.search_runs([experiment.experiment_id])) == 4


def test_a_run_without_m_is_a_sweep_of_one(tmp_path: Path, mlflow_store: str) -> None:
    ended = run(
        tmp_path,
        "-m",
        "mlp.run",
        "data.limit=512",
        "epochs=1",
        "tracking.experiment=one",
        store=mlflow_store,
    )
    assert ended.returncode == 0, ended.stderr
    assert "1 runs" in ended.stdout or "1 run" in ended.stdout
    assert not (tmp_path / "mlflow.db").exists(), "MLFLOW_TRACKING_URI is honoured"


def test_a_run_that_diverges_fails_alone_with_its_reason(tmp_path: Path, mlflow_store: str) -> None:
    ended = run(
        tmp_path,
        "-m",
        "mlp.run",
        "-m",
        "learning_rate=0.03,1e30",
        "data.limit=512",
        "epochs=2",
        "activation=relu",
        "tracking.experiment=diverging",
        store=mlflow_store,
    )
    assert ended.returncode == 1
    assert "diverged" in ended.stdout
    assert "1 of 2 runs did not finish" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_everything_wrong_is_told_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        "-m",
        "mlp.run",
        "-m",
        "activation=tanh,softplus",
        "learning_rate=-1",
        "batch_size=0",
        "hidden_units=[]",
    )
    assert ended.returncode == 1
    assert len(ended.stderr.strip().splitlines()) == 5
    assert ended.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [["--help"], ["activation=softplus"], ["-m", "epochs=0,1"]], ids=" ".join
)
def test_help_and_refusals_import_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    ended = run(tmp_path, "-X", "importtime", "-m", "mlp.run", *arguments)
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "mlp.check" in imported
    assert imported.isdisjoint(HEAVY)


def test_an_experiment_of_ones_own_is_found(tmp_path: Path, mlflow_store: str) -> None:
    own = tmp_path / "conf" / "experiment" / "mine.yaml"
    own.parent.mkdir(parents=True)
    text = "# @package _global_\nepochs: 1\nhydra: {sweeper: {params: {activation: 'elu,gelu'}}}\n"
    own.write_text(text, encoding="utf-8")
    command = ("-m", "mlp.run", "-m", "+experiment=mine", "data.limit=512")
    ended = run(tmp_path, *command, "tracking.experiment=mine", store=mlflow_store)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "2 runs" in ended.stdout


def test_sweeping_over_experiments_is_refused(tmp_path: Path) -> None:
    ended = run(tmp_path, "-m", "mlp.run", "-m", "+experiment=activation,architecture")
    assert ended.returncode == 1
    assert "give a configuration that sweeps by itself, not swept" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


# That each of them composes is held by tests/conf; these two have all that the others have.
@pytest.mark.parametrize("experiment", ["ablation_architecture", "tuned_momentum_nesterov"])
def test_an_experiment_runs(experiment: str, tmp_path: Path, mlflow_store: str) -> None:
    ended = run(
        tmp_path,
        "-m",
        "mlp.experiments",
        experiment,
        "data.limit=512",
        "epochs=1",
        "seed=0",
        f"tracking.experiment=smoke-{experiment}",
        store=mlflow_store,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"1 of 1: {experiment}" in ended.stdout
