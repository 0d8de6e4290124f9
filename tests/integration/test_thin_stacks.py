"""Stacks of real training that get thin are packed anew, and no number shows it."""

from pathlib import Path

import pytest

from mlp.config import Config
from mlp.size import training_memory
from tests.integration.disturbed import Sweep, delivered, end_state

GRID = (
    "-m",
    "l2=0,0.001,0.002",
    "epochs=2,3,4,20",
    "early_stopping=none",
    "data.limit=2000",
)


@pytest.mark.slow
def test_runs_that_were_packed_anew_have_the_bits_of_those_that_were_not(
    tmp_path: Path, empty_store: Path
) -> None:
    whole = Sweep(tmp_path / "whole", empty_store, (*GRID, "sweep.workers=2"))
    whole.run()
    # In stacks of four, of which one run is left at the eighth epoch, one stack after the other.
    memory = f"sweep.memory_per_worker={4 * training_memory(Config())}"
    thin = Sweep(tmp_path / "thin", empty_store, (*GRID, "sweep.workers=1", memory))
    thin.run()
    attempts = {}
    for run in thin.runs():
        record = run.record()
        assert record.definition is not None
        config = record.definition.config
        attempts[config["l2"], config["epochs"]] = record.attempts
    again = {setting for setting, count in attempts.items() if count == 2}
    assert again == {(0.0, 20), (0.001, 20)}
    assert end_state(thin) == end_state(whole)
    assert delivered(thin) == delivered(whole)
