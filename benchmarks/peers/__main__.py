"""Our sweep of 24 runs and those of other tools, side by side: the same work, whole commands.

    python benchmarks/peers
    python benchmarks/peers --epochs 100 --only ours jax
    python benchmarks/peers --avx2

Tools whose packages are absent are left out (`pip install -e ".[benchmark]"` brings them). A first
round, of one epoch, fills caches and looks at memory. Then each round measures the machine's peak
and runs every tool once. The results go to docs/benchmarks/: a table, a figure, and the numbers, to
which --append adds more rounds. The machine should have nothing else to do.
"""

import argparse
import platform
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from contenders import CONTENDERS, ROOT, Contender, versions
from figure import draw
from measure import Stopwatch
from peak import LIBRARIES
from rounds import Machine, Round, Rounds, processor, usable_cores
from table import table
from work import GRID


def compare(
    stopwatch: Stopwatch,
    contenders: Sequence[Contender],
    rounds: Rounds,
    *,
    repetitions: int,
    kept: Path,
) -> None:
    """Run the contenders in turn; add the rounds, kept as they grow."""
    epochs, cores = rounds.machine.epochs, rounds.machine.cores
    for one in contenders:
        rounds.memory[one.key] = stopwatch.memory(one, one.command(1, cores), len(GRID), 1)
        print(f"warmed up: {one.title}", flush=True)
    for _ in range(repetitions):
        _, peaks = stopwatch.peaks(cores, ["NumPy"])
        core, peak = peaks["NumPy"]
        print(f"peak: {core / 1e9:.0f} GFLOP/s one core, {peak / 1e9:.0f} all", flush=True)
        seconds: dict[str, float] = {}
        rounds.rounds.append(Round(peak, core, seconds))
        for one in contenders:
            timed = stopwatch.time(one, one.command(epochs, cores), len(GRID), epochs)
            seconds[one.key] = timed.seconds
            rounds.accuracies[one.key] = timed.test_accuracy
            rounds.write(kept)
            print(f"{timed.seconds:8.2f} s  {one.title}", flush=True)


def main() -> None:
    """Measure, and write what came out."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    keys = [one.key for one in CONTENDERS]
    parser.add_argument("--only", nargs="+", choices=keys, default=keys)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--cores", type=int, default=usable_cores())
    parser.add_argument("--avx2", action="store_true", help="hold all products to AVX2")
    parser.add_argument("--append", action="store_true", help="add to the rounds already measured")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks")
    asked = parser.parse_args()
    chosen = [one for one in CONTENDERS if one.key in asked.only]
    present = []
    for one in chosen:
        if absent := one.absent():
            print(f"left out: {one.title} needs {', '.join(absent)}")
        elif asked.avx2 and not one.can_be_held_to_avx2:
            print(f"left out: {one.title} can't be held to AVX2")
        else:
            present.append(one)
    name = f"sweep-{asked.epochs}-epochs" + ("-avx2" if asked.avx2 else "")
    kept = asked.output / f"{name}.json"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as shared:
        stopwatch = Stopwatch(Path(shared), avx2=asked.avx2)
        libraries = [name for name, package in LIBRARIES.items() if find_spec(package)]
        if asked.avx2:
            libraries = [name for name in libraries if name != "JAX"]
        kernel, peaks = stopwatch.peaks(asked.cores, libraries)
        machine = Machine(
            epochs=asked.epochs,
            cores=asked.cores,
            processor=processor(),
            system=f"{platform.system()}, Python {platform.python_version()}",
            kernel=kernel,
            avx2=asked.avx2,
            versions=versions([one for one in CONTENDERS if not one.absent()]),
        )
        rounds = Rounds(machine)
        if asked.append and kept.exists():
            rounds = Rounds.read(kept)
            if rounds.machine != machine:
                sys.exit(f"{kept} is of another machine, other versions or another work: {machine}")
        rounds.libraries = {name: one for name, (one, _) in peaks.items()}
        compare(stopwatch, present, rounds, repetitions=asked.repetitions, kept=kept)
    rounds.write(kept)
    written = table(rounds)
    kept.with_suffix(".md").write_text(written, encoding="utf-8")
    draw(rounds, kept.with_suffix(".svg"))
    print(f"\n{written}\n{kept.with_suffix('.md')}, .svg and .json")


if __name__ == "__main__":
    main()
