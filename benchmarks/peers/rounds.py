"""What was measured, in rounds: the machine's peak, and the times of some contenders."""

import dataclasses
import json
import os
import platform
import statistics
from dataclasses import dataclass, field
from pathlib import Path

from work import operations


@dataclass(frozen=True)
class Machine:
    """On what was measured, and with what: rounds of unlike ones must not be mixed."""

    epochs: int
    cores: int
    processor: str
    system: str
    kernel: str
    avx2: bool
    versions: dict[str, str]


@dataclass(frozen=True)
class Round:
    """One after the other, in operations a second and seconds."""

    peak: float
    """Of all cores at once."""
    core: float
    """Of one alone."""
    seconds: dict[str, float]


@dataclass
class Rounds:
    """All that the table and the figure show."""

    machine: Machine
    libraries: dict[str, float] = field(default_factory=dict)
    """Operations a second of one core, in each library's product."""
    accuracies: dict[str, float] = field(default_factory=dict)
    """Mean test accuracy of a contender's runs."""
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)
    """MB of a contender's own process, and of the largest that it started."""
    rounds: list[Round] = field(default_factory=list)

    def seconds(self, key: str) -> list[float]:
        """Return a contender's times, the shortest first."""
        return sorted(one.seconds[key] for one in self.rounds if key in one.seconds)

    @property
    def keys(self) -> list[str]:
        """The contenders, the fastest by the median first."""
        keys = {key for one in self.rounds for key in one.seconds}
        return sorted(keys, key=lambda key: statistics.median(self.seconds(key)))

    @property
    def peak(self) -> float:
        """The peak of all cores at once: the best of the rounds, for noise only lowers it."""
        return max(one.peak for one in self.rounds)

    @property
    def arithmetic(self) -> float:
        """Seconds of the products alone at that peak."""
        return operations(self.machine.epochs) / self.peak

    def write(self, path: Path) -> None:
        """Keep them as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Rounds":
        """Read what `write` wrote."""
        kept = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            Machine(**kept["machine"]),
            kept["libraries"],
            kept["accuracies"],
            {key: (parent, worker) for key, (parent, worker) in kept["memory"].items()},
            [Round(**one) for one in kept["rounds"]],
        )


def processor() -> str:
    """Return the processor's name, where the system tells it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
