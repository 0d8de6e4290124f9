"""Runs of several stores and files as one: what a group has trained on its machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.runs import Bits, Curves, Run, Runs


def join(parts: Sequence[Runs]) -> Runs:
    """Put runs together; of one that several parts have, the first part's counts."""
    at: dict[str, int] = {}
    runs: dict[str, Run] = {}
    for number, part in enumerate(parts):
        for run in part:
            at.setdefault(run.run_id, number)
            runs.setdefault(run.run_id, run)
    sweeps = {sweep.run_id: sweep for part in reversed(parts) for sweep in part.sweeps}
    ordered = sorted(runs.values(), key=lambda run: (run.start_ms, run.run_id))
    kept = _Kept(parts, at)
    return Runs(ordered, sorted(sweeps.values(), key=lambda sweep: sweep.run_id), kept)


class _Kept:
    """Asks each part for what was kept of its own runs."""

    def __init__(self, parts: Sequence[Runs], at: Mapping[str, int]) -> None:
        self._parts = parts
        self._at = at

    def curves(self, runs: Sequence[Run]) -> list[Curves]:
        found: dict[str, Curves] = {}
        for part, own in self._by_part(runs):
            found |= dict(zip((run.run_id for run in own), part.kept.curves(own), strict=True))
        return [found[run.run_id] for run in runs]

    def correct(self, runs: Sequence[Run], name: str) -> list[Bits | None]:
        found: dict[str, Bits | None] = {}
        for part, own in self._by_part(runs):
            bits = part.kept.correct(own, name)
            found |= dict(zip((run.run_id for run in own), bits, strict=True))
        return [found[run.run_id] for run in runs]

    def table(self, name: str) -> str | None:
        texts = (part.kept.table(name) for part in self._parts)
        return next((text for text in texts if text is not None), None)

    def _by_part(self, runs: Sequence[Run]) -> list[tuple[Runs, list[Run]]]:
        own: dict[int, list[Run]] = {}
        for run in runs:
            own.setdefault(self._at[run.run_id], []).append(run)
        return [(self._parts[number], chosen) for number, chosen in own.items()]
