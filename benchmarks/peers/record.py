"""Writing a contender's run to MLflow: in one batch when it has ended, the cheapest way there is.

It goes to the experiment of EXPERIMENT in the store of MLFLOW_TRACKING_URI; both exist.
"""

import time

import mlflow
from mlflow.entities import Metric, Param
from work import METRICS, Run

EXPERIMENT = "benchmark"


def record(ended: Run) -> None:
    """Write params, curves and the test accuracy of one run, as finished."""
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        msg = f"the store has no experiment {EXPERIMENT!r}: `python benchmarks/peers` makes it"
        raise RuntimeError(msg)
    run = client.create_run(experiment.experiment_id).info.run_id
    now = int(1000 * time.time())
    metrics = [
        Metric(name, value, now, epoch)
        for epoch, values in enumerate(ended.curve, 1)
        for name, value in zip(METRICS, values, strict=True)
    ]
    metrics.append(Metric("test_accuracy", ended.test_accuracy, now, len(ended.curve)))
    params = [Param(name, value) for name, value in ended.setting.params().items()]
    client.log_batch(run, metrics=metrics, params=params)
    client.set_terminated(run)
