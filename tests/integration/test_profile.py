"""`sweep.profile=true` tells where all of a real command's time went."""

import re
import time
from pathlib import Path

import pytest

from tests.integration.disturbed import Sweep

ARGUMENTS = (
    "-m",
    "activation=tanh,relu",
    "learning_rate=0.01,0.05",
    "data.limit=2000",
    "epochs=2",
    "sweep.workers=2",
    "sweep.profile=true",
)
ROW = re.compile(r"^ (\S.*?)\s{2,}([\d.]+)\s+([\d.]+)", re.MULTILINE)
PARTS = {
    "start-up",
    "planning",
    "data",
    "workers' start",
    "measuring the peak",
    "gather",
    "products",
    "elementwise",
    "evaluation",
    "journals",
    "waiting",
    "tail",
    "delivery",
    "answer",
}


@pytest.mark.slow
def test_the_parts_add_up_to_the_command_s_time(tmp_path: Path, empty_store: Path) -> None:
    sweep = Sweep(tmp_path / "sweep", empty_store, ARGUMENTS)
    began = time.monotonic()
    _, said = sweep.run().split("Where the wall time went")
    taken = time.monotonic() - began
    rows = {part: (float(seconds), float(share)) for part, seconds, share in ROW.findall(said)}
    whole, _ = rows.pop("all")
    assert set(rows) == PARTS
    assert sum(seconds for seconds, _ in rows.values()) == pytest.approx(whole, abs=0.1)
    assert sum(share for _, share in rows.values()) == pytest.approx(100, abs=1)
    assert min(seconds for seconds, _ in rows.values()) >= 0
    # What is left is the end of the process. Its beginning is known to a hundredth of a second.
    assert taken / 3 < whole < taken + 0.05
    assert "GFLOP of matrix products" in said
    assert all(rows[part][0] > 0 for part in ("start-up", "planning", "products", "evaluation"))


@pytest.mark.slow
def test_nothing_of_it_is_said_unless_asked_for(tmp_path: Path, empty_store: Path) -> None:
    sweep = Sweep(tmp_path / "sweep", empty_store, ARGUMENTS[:-1])
    assert "wall time" not in sweep.run()
