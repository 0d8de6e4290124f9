"""How long the report takes over a store of many runs.

    python benchmarks/report.py FOLDER [RUNS]

Makes an MLflow store of RUNS runs (1,000) with 100 epochs each in FOLDER, if it isn't there, by
MLflow's own client, and then times `python -m analysis.report` as a user would start it, with all
of conf/experiment and one section that selects every run.
"""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric, Param

EPOCHS = 100
IMAGES = 10_000
SEEDS, RATES, WIDTHS = range(10), (0.003, 0.01, 0.03, 0.1, 0.3), (10, 20, 30, 40, 50)
KINDS = ("tanh", "sigmoid", "relu", "elu")
CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")

SECTION = f"""\
report:
  title: Every run
  section: 0
  seeds: {list(SEEDS)}
  grid: {{activation: {list(KINDS)}, learning_rate: {list(RATES)}, width: {list(WIDTHS)}}}
  metrics:
    - {{name: test_accuracy, percent: true, better: higher}}
    - {{name: best_validation_loss, better: lower}}
    - {{name: gap, percent: true, of: train_accuracy@last, minus: validation_accuracy@last}}
  figures:
    - kind: curves
      cells: ["tanh, 0.03, 10", "tanh, 0.03, 20", "tanh, 0.03, 30", "tanh, 0.03, 40"]
      panels:
        - {{label: Loss, train: train_loss, validation: validation_loss}}
        - {{label: Accuracy, percent: true, train: train_accuracy, validation: validation_accuracy}}
    - {{kind: points}}
    - {{kind: lines, x: learning_rate, by: activation, log: true, cells: ["tanh, 0.1, 10"]}}
  claims:
    - {{id: best, sentence: One is best., kind: best, cell: "tanh, 0.03, 50"}}
"""


def fill(folder: Path, runs: int) -> None:
    """Make the store."""
    client = MlflowClient(f"sqlite:///{(folder / 'mlflow.db').as_posix()}")
    place = (folder / "artifacts").as_uri()
    experiment = client.create_experiment("made", artifact_location=place)
    rng = np.random.default_rng(0)
    hard = rng.random(IMAGES)
    settings = itertools.product(SEEDS, KINDS, RATES, WIDTHS)
    with tempfile.TemporaryDirectory() as name:
        for number, (seed, kind, rate, width) in enumerate(itertools.islice(settings, runs)):
            accuracy = 0.83 + width / 1000 + rng.normal(0, 0.003)
            correct = hard < accuracy
            correct ^= rng.random(IMAGES) < 0.02  # noqa: PLR2004 - what seeds disagree on
            epoch = np.arange(1, EPOCHS + 1)
            falling = np.exp(-epoch / 10)
            curves = np.stack(
                [0.3 + falling, accuracy - falling / 3, 0.35 + falling, accuracy - falling / 2]
            ) + rng.normal(0, 0.002, (4, EPOCHS))
            tags = {
                "sweeps.kind": "run",
                "sweeps.identity": f"{number:032x}",
                "sweeps.state": "finished",
                "sweeps.code": "1" * 16,
                "input.made": "2" * 64,
                "version.blas": "openblas",
                "mlflow.source.git.commit": "3" * 40,
            }
            params = {"activation": kind, "learning_rate": rate, "width": width, "seed": seed}
            params |= {f"other.{at}": at for at in range(20)}
            run_id = client.create_run(experiment, tags=tags).info.run_id
            summary = {
                "test_accuracy": correct.mean(),
                "best_validation_loss": curves[2].min(),
                "best_epoch": curves[2].argmin() + 1,
            }
            metrics = [Metric(key, float(value), 0, 0) for key, value in summary.items()]
            metrics += [
                Metric(key, float(value), step, step)
                for key, curve in zip(CURVES, curves, strict=True)
                for step, value in enumerate(curve, start=1)
            ]
            client.log_batch(run_id, metrics, [Param(k, str(v)) for k, v in params.items()])
            rows = [[int(e), *column] for e, column in zip(epoch, curves.T.tolist(), strict=True)]
            text = "\n".join(",".join(map(str, row)) for row in [["epoch", *CURVES], *rows])
            kept = Path(name)
            (kept / "curves.csv").write_text(text + "\n", encoding="utf-8")
            np.save(kept / "test_correct.npy", correct)
            client.log_artifacts(run_id, str(kept))
            client.set_terminated(run_id)


def main() -> None:
    """Fill the folder if need be, and time the report."""
    folder = Path(sys.argv[1]).resolve()
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 1000  # noqa: PLR2004 - a second argument
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    if not (folder / "mlflow.db").exists():
        (folder / "conf" / "experiment").mkdir(parents=True)
        (folder / "conf" / "experiment" / "every.yaml").write_text(SECTION, encoding="utf-8")
        began = time.perf_counter()
        fill(folder, runs)
        print(f"{runs} runs made in {time.perf_counter() - began:.0f} s")
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "analysis.report"], cwd=folder, check=True)
        print(f"reported in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
