"""Stacks of real training that get thin are packed anew, and no number shows it."""

import os
import signal
from pathlib import Path

import pytest

from mlp.config import Config
from mlp.size import training_memory
from tests.integration.disturbed import PATIENCE_SECONDS, Sweep, delivered, end_state

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


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_runs_that_wait_to_be_packed_anew_when_a_sweep_is_stopped_are_said_to_have_begun(
    tmp_path: Path, empty_store: Path
) -> None:
    """Two stacks have become thin and left; the third goes on for long."""
    memory = f"sweep.memory_per_worker={4 * training_memory(Config())}"
    arguments = [one.replace("20", "4000") if "epochs" in one else one for one in GRID]
    sweep = Sweep(tmp_path / "s", empty_store, (*arguments, "sweep.workers=1", memory))
    process = sweep.start()

    def two_wait() -> bool:
        records = [run.headline() for run in sweep.runs()]
        begun = [record for record in records if record.started is not None]
        return len(begun) == 12 and sum(record.left for record in begun) == 2

    try:
        sweep.wait(two_wait)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        sweep.kill_all()
    assert "2 runs did not go on: the sweep was stopping" in said
    assert "did not begin" not in said
