"""The answer to a sweep: its runs in a table, best first, for the terminal and for the store."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from sweeps.results import Result, Results


def files(results: Results) -> Mapping[str, str]:
    """Give the sweep's results as texts by file name."""
    return {"runs.csv": runs_csv(results)}


def best_values(results: Results) -> Mapping[str, float]:
    """Give the best run's value, and the metrics beside it, as metrics of the sweep."""
    best = results.best
    if best is None or best.value is None:
        return {}
    return {f"best_{best.job.value_name}": best.value}


def runs_csv(results: Results) -> str:
    """Give a row for each run with all that it has once; fractions stay fractions."""
    metrics = sorted(
        {name for one in results.ranked for name in one.metrics} - {"seconds"}
    )
    swept = list(dict.fromkeys(key for one in results.ranked for key in one.job.swept))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = [
        "run",
        "identity",
        *swept,
        "state",
        "value",
        *metrics,
        "seconds",
        "reason",
        "log",
    ]
    writer.writerow(head)
    for one in results.ranked:
        writer.writerow(_csv_row(one, swept, metrics))
    return text.getvalue()


def _csv_row(one: Result, swept: list[str], metrics: list[str]) -> list[object]:
    definition = one.job.definition
    settings = [one.job.swept.get(key, "") for key in swept]
    numbers = [one.metrics.get(name, "") for name in metrics]
    value = "" if one.value is None else one.value
    seconds = "" if one.seconds is None else one.seconds
    return [
        definition.name, definition.identity, *settings, one.state, value,
        *numbers, seconds, one.reason, one.log,
    ]  # fmt: skip
