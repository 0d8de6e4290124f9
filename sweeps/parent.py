"""The MLflow run that a sweep's runs are children of: what was asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sweeps.export import best_values, files
from sweeps.found import Found
from sweeps.launches import LaunchRecord
from sweeps.replay import Point
from sweeps.results import Results
from sweeps.state import RunState
from sweeps.tags import KIND_TAG, SWEEP_KIND, SWEEP_TAG
from sweeps.tracking import Tracking

_LAUNCHES_TAG = "sweeps.launches"
_STATE_TAG = "sweeps.state"


class Parent:
    """A sweep's parent run: found by the sweep's key, so that resuming and widening keep it."""

    def __init__(self, tracking: Tracking, latest_first: Sequence[LaunchRecord]) -> None:
        """Find or create it, running, as the last of the sweep's launches asks for."""
        last, first = latest_first[0], latest_first[-1]
        found = find_parent(tracking, last.sweep)
        if found is None or found.deleted:
            key = {SWEEP_TAG: last.sweep, KIND_TAG: SWEEP_KIND}
            self.run_id = tracking.create(last.name, first.time_ms, key)
        else:
            self.run_id = found.run_id
            tracking.resume(self.run_id)
        self._tracking = tracking
        self._number = len(latest_first)
        tags = {
            _LAUNCHES_TAG: str(self._number),
            _STATE_TAG: RunState.RUNNING,
            "mlflow.note.content": last.command,
            "mlflow.source.name": last.command,
            "mlflow.source.type": "LOCAL",
            "mlflow.user": last.user,
            "sweeps.code": last.code,
            **last.tags,
        }
        tracking.log(self.run_id, tags=tags)

    def close(self, results: Results, kept: Mapping[str, str], time_ms: int) -> None:
        """Deliver what came of the sweep, with texts by file name that were kept at its launch."""
        counts = results.counts()
        values = {str(state): float(count) for state, count in counts.items()}
        points = [
            Point(name, self._number, time_ms, value)
            for name, value in (values | dict(best_values(results))).items()
        ]
        for name, text in {**files(results), **kept}.items():
            self._tracking.log_text(self.run_id, text, name)
        state = _sweep_state(counts)
        self._tracking.log(self.run_id, points=points, tags={_STATE_TAG: state})
        self._tracking.end(self.run_id, state, time_ms)


def find_parent(tracking: Tracking, sweep: str) -> Found | None:
    """Find a sweep's own run in the store, by the sweep's key."""
    return tracking.find({SWEEP_TAG: sweep, KIND_TAG: SWEEP_KIND})


def is_closed(found: Found, launches: int) -> bool:
    """Whether the sweep's own run, as the store has it, is that of so many launches, and ended."""
    state = found.tags.get(_STATE_TAG, RunState.RUNNING)
    return found.tags.get(_LAUNCHES_TAG) == str(launches) and state != RunState.RUNNING


def _sweep_state(counts: Mapping[RunState, int]) -> RunState:
    """A sweep has failed if any run has, and is finished if all are."""
    if counts.get(RunState.FAILED):
        return RunState.FAILED
    unfinished = sum(count for state, count in counts.items() if state is not RunState.FINISHED)
    return RunState.INTERRUPTED if unfinished else RunState.FINISHED
