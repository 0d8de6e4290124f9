"""Our sweep where seeds are many and settings few: 3 activations, 10 seeds.

    python benchmarks/peers/seeds.py

Each seed has its own split and order of batches unless the user fixes both, and runs that share
them share a stack: 10 stacks of 3, or 30 runs in as few as there are cores.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from contenders import Contender
from measure import Stopwatch
from rounds import usable_cores
from work import ACTIVATIONS, BATCH, operations

SEEDS = 10
RUNS = SEEDS * len(ACTIVATIONS)
SWEEP = (
    "-m",
    "mlp.run",
    "-m",
    "activation=" + ",".join(ACTIVATIONS),
    f"seed=range({SEEDS})",
    "epochs={epochs}",
    f"batch_size={BATCH}",
    "early_stopping=none",
    "sweep.workers={cores}",
    "tracking.experiment=benchmark",
)
CASES = (
    Contender("own", "each seed its own split and batches", SWEEP, ()),
    Contender(
        "shared", "split and batches fixed", (*SWEEP, "seeds.split=0", "seeds.shuffle=0"), ()
    ),
)


def main() -> None:
    """Run the two in turn, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--cores", type=int, default=usable_cores())
    parser.add_argument("--avx2", action="store_true")
    asked = parser.parse_args()
    times: dict[str, list[float]] = {case.key: [] for case in CASES}
    peaks = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as shared:
        stopwatch = Stopwatch(Path(shared), avx2=asked.avx2)
        for _ in range(asked.repetitions):
            kernel, found = stopwatch.peaks(asked.cores, ["NumPy"])
            peaks.append(found["NumPy"][1])
            for case in CASES:
                command = case.command(asked.epochs, asked.cores)
                timed = stopwatch.time(case, command, RUNS, asked.epochs)
                times[case.key].append(timed.seconds)
    arithmetic = operations(asked.epochs, RUNS) / statistics.median(peaks)
    print(f"{RUNS} runs of {asked.epochs} epochs, {asked.cores} cores, {kernel};")
    print(f"the arithmetic at their peak {arithmetic:.2f} s\n")
    print("| seeds | seconds | of the arithmetic |\n| --- | ---: | ---: |")
    for case in CASES:
        median = statistics.median(times[case.key])
        print(f"| {case.title} | {median:.2f} | {median / arithmetic:.2f} |")


if __name__ == "__main__":
    main()
