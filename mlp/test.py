"""`python -m mlp.test RUN...`: test runs that were trained with test=false, from their weights.

The test set is read once for each run; a run that is tested already is left as it is.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from mlp import artifacts
from mlp.config import from_settings
from mlp.datasets import DatasetError, digest, load
from mlp.early_stopping import Best
from mlp.result import tested
from sweeps.amend import amend
from sweeps.chosen import add_store
from sweeps.deliver import deliver
from sweeps.finder import NotFoundError, find, places
from sweeps.state import RunState
from sweeps.store import RunFolder


class CantBeTestedError(Exception):
    """A run that can't be tested; the message says why."""


def test(folder: RunFolder) -> dict[str, float]:
    """Test one run and add the figures to its journal; returns test_loss and test_accuracy.

    Raises `CantBeTestedError`, and `DatasetError` for a data set that is not to be had.
    """
    record = folder.record()
    definition, outcome = record.definition, record.outcome
    if definition is None or outcome is None or outcome.state is not RunState.FINISHED:
        msg = f"{folder.identity} is not finished: finish it first, by the command that began it"
        raise CantBeTestedError(msg)
    if "test_accuracy" in record.summary:
        msg = f"{folder.identity} is tested already: {record.summary['test_accuracy'].value:.2%}"
        raise CantBeTestedError(msg)
    config = from_settings(definition.config)
    if digest(config.data) != definition.inputs[config.data.name]:
        msg = f"{folder.identity} was trained on other data than {config.data.name} is now"
        raise CantBeTestedError(msg)
    with np.load(folder.artifacts / artifacts.WEIGHTS, allow_pickle=False) as file:
        weights = dict(file)
    best = Best(int(record.summary["best_epoch"].value), outcome.number or 0.0)
    (result,) = tested([best], [weights], [config.activation], load(config.data))
    figures = {"test_loss": result.test_loss or 0.0, "test_accuracy": result.test_accuracy or 0.0}
    with tempfile.TemporaryDirectory() as place:
        amend(folder, figures, artifacts.test(Path(place), result))
    return figures


def main() -> None:
    """Test the runs named on the command line, and deliver the figures to MLflow."""
    parser = argparse.ArgumentParser(
        prog="python -m mlp.test",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument(
        "runs", nargs="+", metavar="RUN", help="identity or MLflow run id, or the beginning of one"
    )
    add_store(parser)
    told = parser.parse_args()
    problems = []
    for name in told.runs:
        try:
            store, folder = find(told.store.absolute(), name)
            figures = test(folder)
            for uri, experiment in places(store, folder):
                deliver(store, [folder], uri, experiment)
            said = ", ".join(f"{metric} {value:.4f}" for metric, value in figures.items())
            print(f"{name}: {said}")
        except (NotFoundError, CantBeTestedError, DatasetError) as error:
            problems.append(str(error))
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
