"""Runs that a user took out of the tables, with the reason."""

from __future__ import annotations

from analysis.document import Chapter, Paragraph, Table
from analysis.runs import Runs
from analysis.tables import runs_frame


def chapter(runs: Runs) -> Chapter | None:
    """List the runs tagged exclude=REASON; None if there are none."""
    out = [run for run in runs if run.excluded is not None]
    if not out:
        return None
    table = Table(
        slug="excluded",
        caption="Excluded runs",
        head=["run", "id", "reason"],
        rows=[[run.name, run.run_id, run.excluded or "none given"] for run in out],
        frame=runs_frame(out),
    )
    text = "These runs carry the tag `exclude` in MLflow and are in none of the tables above."
    return Chapter("excluded", "Excluded runs", [Paragraph(text), table])
