"""The answer to a sweep as files and metrics, for the sweep's own run in MLflow."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from sweeps.results import Results
from sweeps.table import groups_table, runs_table


def files(results: Results) -> Mapping[str, str]:
    """Give the answer as texts by file name, for the artifacts of the sweep's own run."""
    tables = [groups_table(results)] if results.seeds_swept else []
    text = "\n".join(table.markdown() for table in [*tables, runs_table(results)])
    return {"runs.csv": runs_csv(results), "table.md": text}


def best_values(results: Results) -> Mapping[str, float]:
    """Give the best run's value as a metric of the sweep."""
    best = results.best
    if best is None or best.value is None:
        return {}
    return {f"best_{best.job.value_name}": best.value}


def runs_csv(results: Results) -> str:
    """Give a row for each run with all that it has once; fractions stay fractions."""
    metrics = sorted(
        {name for one in results.ranked for name in one.metrics} - {"seconds", "value"}
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
        settings = [one.job.swept.get(key, "") for key in swept]
        numbers = [one.metrics.get(name, "") for name in metrics]
        value = "" if one.value is None else one.value
        seconds = "" if one.seconds is None else one.seconds
        end = (seconds, one.reason, one.log)
        writer.writerow(
            (
                one.job.name,
                one.job.identity,
                *settings,
                one.state,
                value,
                *numbers,
                *end,
            )
        )
    return text.getvalue()
