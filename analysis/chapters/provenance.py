"""The runs behind each cell: ids, commit, code, data, BLAS kernels and settings."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.cells import Filled, seed_of
from analysis.document import Block, Details, Heading, Paragraph
from analysis.runs import Run
from analysis.tables import marks
from analysis.values import said


def anchor(slug: str, name: str) -> str:
    """Give the place where the runs of a cell are listed."""
    letters = "".join(one if one.isalnum() else "-" for one in name.lower())
    return f"runs-{slug}-{letters}"


def behind(slug: str, filled: Sequence[Filled], names: Sequence[str] = ()) -> Details:
    """List the runs of every cell, under its name or that of `names`, folded away."""
    blocks: list[Block] = []
    shared = _shared([run for one in filled for run in one.used])
    if shared:
        blocks.append(Paragraph("All cells: " + _settings(shared) + "."))
    for one, name in zip(filled, names or [one.cell.name for one in filled], strict=True):
        blocks.append(Heading(name, anchor(slug, name), level=4))
        blocks += [Paragraph(text) for text in _said(one, shared)]
    return Details("The runs behind each cell", blocks)


def _said(filled: Filled, shared: dict[str, str]) -> list[str]:
    if not filled.used and not filled.others:
        wanted = {name: said(value) for name, value in filled.cell.where.items()}
        return [f"No runs with {_settings(wanted)}."]
    lines = []
    own = {name: text for name, text in _shared(filled.used).items() if name not in shared}
    if own:
        lines.append(_settings(own) + ".")
    for what, found in (
        ("commit", marks(run.commit for run in filled.used)),
        ("code fingerprint", marks(run.code for run in filled.used)),
        ("data", marks(run.data for run in filled.used)),
        ("BLAS", marks(run.blas for run in filled.used)),
    ):
        if found:
            lines.append(f"{what} {found}")
    text = ["; ".join(lines)] if lines else []
    if filled.used:
        text.append("Runs by seed: " + ", ".join(_run(run) for run in filled.used) + ".")
    text += [f"{_run(run)}: {run.state}. {run.reason}".strip() for run in filled.others]
    return text


def _run(run: Run) -> str:
    seed = seed_of(run)
    return f"`{run.run_id}`" if seed is None else f"{seed} `{run.run_id}`"


def _shared(runs: Sequence[Run]) -> dict[str, str]:
    """Give the settings that all of some runs have."""
    if not runs:
        return {}
    first = runs[0].configuration
    return {
        name: said(value)
        for name, value in sorted(first.items())
        if all(run.settings.get(name) == value for run in runs)
    }


def _settings(values: dict[str, str]) -> str:
    return ", ".join(f"{name} {text}" for name, text in values.items())
