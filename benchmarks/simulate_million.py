"""What breaks first in a sweep of 1,000,000 runs on 1,000 workers, with one launcher.

    python benchmarks/simulate_million.py [NAME=VALUE ...]

A simulation, fed with costs that `benchmarks/orchestrator.py`, a dry run and a look into a sweep's
folder measure; each can be given another value. Workers train stacks; the launcher, on a core of
its own, prepares one after another and hands it out; the writer, on another, delivers each run to
MLflow once its stack has ended. Each limit is what a person would put up with.
"""

import dataclasses
import heapq
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_HOUR = 3600.0
_MB, _GB = 2.0**20, 2.0**30


@dataclass(frozen=True)
class Costs:
    """Costs in seconds of one core and bytes, a run each unless said otherwise."""

    runs: int = 1_000_000
    workers: int = 1_000
    stack: int = 32
    train_s: float = 60.0
    """A worker's time for one run; a stack takes this times its width."""
    plan_s: float = 0.003
    prepare_s: float = 0.004
    """Composing again, .hydra/ and the assignment, a stack after another."""
    hand_out_s: float = 0.002
    """A stack: pickling, joblib, reading what comes back."""
    deliver_s: float = 0.018
    read_s: float = 0.001
    """Reading a journal for the delivery and for the display."""
    plan_bytes: float = 22_000.0
    files: int = 23
    """Files and folders: journal, lock, cursor, results, .hydra/, log, MLflow's copies."""
    disk_bytes: float = 400_000.0
    status_s: float = 0.0003
    limit_plan_s: float = 600.0
    limit_memory_bytes: float = 16 * _GB
    limit_lag_s: float = 300.0
    limit_files: float = 10e6
    limit_disk_bytes: float = 500 * _GB
    limit_idle: float = 0.05
    """Share of the workers' time."""
    limit_status_s: float = 60.0


@dataclass(frozen=True)
class Outcome:
    """What the simulation gave: seconds, from the start of the command."""

    started_s: float
    trained_s: float
    delivered_s: float
    worst_lag_s: float
    idle: float


def simulate(costs: Costs) -> Outcome:
    """Play a sweep through, stack by stack."""
    ready = started = costs.runs * costs.plan_s
    free = [started] * costs.workers
    ended: list[tuple[float, int]] = []
    for begun in range(0, costs.runs, costs.stack):
        width = min(costs.stack, costs.runs - begun)
        ready += width * costs.prepare_s + costs.hand_out_s
        end = max(ready, free[0]) + width * costs.train_s
        heapq.heapreplace(free, end)
        ended.append((end, width))
    trained = max(free)
    delivered, lag = started, 0.0
    for end, width in sorted(ended):
        delivered = max(delivered, end) + width * (costs.deliver_s + costs.read_s)
        lag = max(lag, delivered - end)
    idle = 1 - costs.runs * costs.train_s / (costs.workers * (trained - started))
    return Outcome(started, trained, delivered, lag, idle)


@dataclass(frozen=True)
class Verdict:
    """One thing that may break: `runs` is how many it bears, as far as its cost is linear."""

    name: str
    value: str
    limit: str
    strain: float
    runs: float


def verdicts(costs: Costs, outcome: Outcome) -> list[Verdict]:
    """Hold everything against its limit, the most strained first."""

    def judge(name: str, value: float, limit: float, unit: float, word: str) -> Verdict:
        strain = value / limit
        bears = costs.runs / strain if strain else float("inf")
        return Verdict(
            name, f"{value / unit:,.1f} {word}", f"{limit / unit:,.1f} {word}", strain, bears
        )

    runs = costs.runs
    found = [
        judge("time until the first run", outcome.started_s, costs.limit_plan_s, 60, "min"),
        judge("launcher's memory", runs * costs.plan_bytes, costs.limit_memory_bytes, _GB, "GB"),
        judge("lag of MLflow", outcome.worst_lag_s, costs.limit_lag_s, 60, "min"),
        judge("files and folders", runs * costs.files, costs.limit_files, 1e6, "million"),
        judge("disk", runs * costs.disk_bytes, costs.limit_disk_bytes, _GB, "GB"),
        judge("idle workers", outcome.idle, costs.limit_idle, 0.01, "%"),
        judge("status", runs * costs.status_s, costs.limit_status_s, 1, "s"),
    ]
    return sorted(found, key=lambda one: -one.strain)


def report(costs: Costs) -> Iterator[str]:
    """Say what went in and what came out, in lines."""
    yield from (
        f"{field.name}={getattr(costs, field.name):g}" for field in dataclasses.fields(costs)
    )
    outcome = simulate(costs)
    yield ""
    first, last, delivered = (
        seconds / _HOUR for seconds in (outcome.started_s, outcome.trained_s, outcome.delivered_s)
    )
    yield f"first run after {first:.1f} h, last {last:.1f} h, all in MLflow {delivered:.1f} h"
    served = 1 / (costs.deliver_s + costs.read_s)
    yield (
        f"the workers end {costs.workers / costs.train_s:.1f} runs a second,"
        f" the writer delivers at most {served:.1f}"
    )
    yield ""
    for one in verdicts(costs, outcome):
        broken = f"breaks at about {one.runs:,.0f} runs" if one.strain > 1 else "holds"
        yield f"{one.name:25} {one.value:>15} of {one.limit:>15}  {broken}"


def main() -> None:
    """Read the costs from the command line, simulate, print."""
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    kinds = {field.name: type(getattr(Costs(), field.name)) for field in dataclasses.fields(Costs)}
    unknown = sorted(given.keys() - kinds.keys())
    if unknown:
        sys.exit(f"{', '.join(unknown)}: no such cost; there are {', '.join(kinds)}")
    costs = Costs(**{name: kinds[name](float(value)) for name, value in given.items()})
    print("\n".join(report(costs)))


if __name__ == "__main__":
    main()
