"""The MLflow run that a sweep's runs are children of: what was asked for, and what came of it."""

from __future__ import annotations

import getpass
import time
from collections.abc import Mapping

from sweeps.child import KIND_TAG, SWEEP_KIND, SWEEP_TAG
from sweeps.plan import Plan
from sweeps.provenance import Commit, installed
from sweeps.replay import Point
from sweeps.state import RunState
from sweeps.tracking import Tracking

_LAUNCHES_TAG = "sweeps.launches"


class Parent:
    """A sweep's parent run: found by the sweep's key, so that resuming and widening keep it."""

    def __init__(self, tracking: Tracking, plan: Plan, command: str, commit: Commit) -> None:
        key = {SWEEP_TAG: plan.key, KIND_TAG: SWEEP_KIND}
        found = tracking.find(key)
        if found is None or found.deleted:
            self.run_id = tracking.create(plan.name, _now_ms(), key)
            self._launch = 1
        else:
            self.run_id = found.run_id
            self._launch = int(found.tags.get(_LAUNCHES_TAG, "0")) + 1
            tracking.resume(self.run_id)
        self._tracking = tracking
        self._commit = commit
        tags = {
            _LAUNCHES_TAG: str(self._launch),
            "mlflow.note.content": command,
            "mlflow.source.name": command,
            "mlflow.source.type": "LOCAL",
            "mlflow.user": _user(),
            "sweeps.code": plan.code,
            **commit.tags(),
        }
        tracking.set_tags(self.run_id, tags)

    def close(
        self,
        counts: Mapping[RunState, int],
        best: Mapping[str, float],
        files: Mapping[str, str],
    ) -> None:
        """Deliver how many runs ended in each state, the best values, and texts by file name."""
        now = _now_ms()
        values = {str(state): float(count) for state, count in counts.items()} | dict(best)
        points = [Point(name, self._launch, now, value) for name, value in values.items()]
        self._tracking.log_points(self.run_id, points)
        texts = {**files, "versions.txt": installed()}
        if self._commit.diff:
            texts["dirty.diff"] = self._commit.diff
        for name, text in texts.items():
            self._tracking.log_text(self.run_id, text, name)
        self._tracking.end(self.run_id, _sweep_state(counts), now)


def _sweep_state(counts: Mapping[RunState, int]) -> RunState:
    """A sweep has failed if any run has, and is finished if all are."""
    if counts.get(RunState.FAILED):
        return RunState.FAILED
    unfinished = sum(count for state, count in counts.items() if state is not RunState.FINISHED)
    return RunState.INTERRUPTED if unfinished else RunState.FINISHED


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user in a container
        return "unknown"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
