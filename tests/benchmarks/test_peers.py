"""The comparison counts its operations rightly, and shows what it measured."""

import shutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp.compose import compose
from mlp.config import Config, faults
from mlp.size import training_flop

FOLDER = Path(__file__).parents[2] / "benchmarks" / "peers"
NAMES = {path.stem for path in FOLDER.glob("*.py")}


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Import the scripts as they import each other, and leave no `work` or `table` behind."""
    monkeypatch.syspath_prepend(FOLDER)
    yield
    for name in NAMES & sys.modules.keys():
        if str(FOLDER) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def weights() -> dict[str, Any]:
    return {
        "weight_1": np.empty((50, 784)),
        "bias_1": np.empty(50),
        "weight_2": np.empty((10, 50)),
        "bias_2": np.empty(10),
    }


def test_the_arithmetic_is_what_issue_and_trainer_count() -> None:
    work = import_module("work")
    assert work.STEP == 159_800
    assert work.operations(10) == 2_127_216_000_000
    trained = work.operations(10, 1) - (10 * work.VALIDATION + work.TEST) * work.FORWARD
    assert trained == training_flop(weights(), work.TRAINING, 10)


def test_ours_is_told_the_work_of_the_others() -> None:
    contenders, work = import_module("contenders"), import_module("work")
    ours = {one.key: one for one in contenders.CONTENDERS}["ours"].command(10, 2)
    overrides = [one for one in ours[4:] if not one.startswith(("sweep.", "tracking."))]
    swept = {one.split("=")[0]: one.split("=")[1].split(",") for one in overrides}
    runs = np.prod([len(values) for values in swept.values()])
    assert runs == len(work.GRID) == 24
    config: Config = compose([one.split(",")[0] for one in overrides])
    assert not faults(config)
    assert (config.batch_size, config.epochs, config.hidden_units) == (work.BATCH, 10, [50])
    assert (config.momentum.kind, config.momentum.coefficient) == ("classical", work.MOMENTUM)
    assert config.gradient == "mean"
    assert config.early_stopping.patience is None


def test_each_core_gets_each_activation_in_order() -> None:
    on_cores, work = import_module("on_cores"), import_module("work")
    stacks = on_cores.jobs("jax_stack", 2)
    assert sorted(str(setting) for stack in stacks for setting in stack) == sorted(
        map(str, work.GRID)
    )
    for stack in stacks:
        names = [setting.activation for setting in stack]
        assert names == [name for name in work.ACTIVATIONS for _ in range(4)]


def rounds() -> Any:
    module = import_module("rounds")
    machine = module.Machine(10, 2, "a processor", "a system", "a kernel", False, {"numpy": "2"})  # noqa: FBT003
    measured = module.Rounds(machine, {"NumPy": 2e11, "PyTorch": 1e11})
    measured.accuracies = {"ours": 0.87, "jax": 0.86}
    measured.memory = {"ours": (300.0, 200.0)}
    for ours, jax in ((7.0, 14.0), (6.0, 15.0), (8.0, 12.0)):
        measured.rounds.append(module.Round(4e11, 2e11, {"ours": ours, "jax": jax}))
    measured.rounds.append(module.Round(4e11, 2e11, {"ours": 7.0}))
    return measured


def test_rounds_are_kept_whole(tmp_path: Path) -> None:
    kept = tmp_path / "new" / "rounds.json"
    rounds().write(kept)
    assert type(rounds()).__name__ == "Rounds"
    assert import_module("rounds").Rounds.read(kept) == rounds()


def test_the_table_has_medians_and_ratios() -> None:
    rows = import_module("table").table(rounds()).splitlines()
    assert "| 5.32 | | | 1.00 |" in rows[2]
    assert rows[3].startswith("| **sweepstack** | 7.00 | 6.0–8.0 (4) | 1.00 | 1.32 | 87.00 | 300 +")
    assert "| 14.00 | 12.0–15.0 (3) | 2.00 | 2.63 | 86.00 |" in rows[4]


def test_the_figure_depends_on_nothing_else(tmp_path: Path) -> None:
    draw = import_module("figure").draw
    first, second = tmp_path / "1.svg", tmp_path / "2.svg"
    draw(rounds(), first)
    draw(rounds(), second)
    assert first.read_bytes() == second.read_bytes()
    assert "sweepstack" in first.read_text(encoding="utf-8")


def test_what_else_would_choose_the_kernel_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    measure = import_module("measure")
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    assert not any(name.startswith("OPENBLAS") for name in measure.environment(avx2=False))
    held = measure.environment(avx2=True)
    assert held["OPENBLAS_CORETYPE"] == "Haswell"
    assert "OPENBLAS_L2_SIZE" not in held


RECORDING = """
import sys
sys.path.insert(0, {folder!r})
from record import record
from work import GRID, Run
print("recording")
for setting in GRID[:2]:
    record(Run(setting, [(2.0, 0.1, 2.0, 0.1), (1.0, 0.5, 1.0, 0.5)], 0.5))
"""


def test_a_command_counts_only_with_all_that_it_should_have_recorded(
    tmp_path: Path, empty_store: Path
) -> None:
    measure, contenders = import_module("measure"), import_module("contenders")
    shutil.copyfile(empty_store, tmp_path / measure.STORE)
    stopwatch = measure.Stopwatch(tmp_path, avx2=False)
    recording = contenders.Contender("two", "two runs", (), ())
    command = [sys.executable, "-c", RECORDING.format(folder=str(FOLDER))]
    timed = stopwatch.time(recording, command, 2, 2)
    assert timed.seconds > 0
    assert timed.test_accuracy == pytest.approx(0.5)
    with pytest.raises(RuntimeError, match="two runs failed, or left no full record:\nrecording"):
        stopwatch.time(recording, command, 2, 3)
