"""`python -m analysis.compare`: any sweep at a glance.

A table grouped over seeds, learning curves with bands, a heat map over two swept settings, parallel
coordinates, and accuracy against what it cost. Writes a folder like that of analysis.report.

    python -m analysis.compare --sweep "activation × learning_rate"
    python -m analysis.compare --metric test_accuracy --curve validation_loss
    python -m analysis.compare --by activation --allow-mixed
    python -m analysis.compare --heat learning_rate l2 --against training_flop
"""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from analysis.options import add_output, chosen, faults, parser, refuse, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.cells import Rules
    from analysis.document import Block, Document
    from analysis.groups import Groups
    from analysis.runs import Runs
    from analysis.sections import Metric

_COSTS = ("parameters", "training_flop", "seconds")


def command(arguments: list[str]) -> None:
    """Compare the runs."""
    made = parser("compare", __doc__)
    add_output(made, "compare")
    made.add_argument(
        "--by", action="append", default=[], metavar="PARAM", help="group by this; again for more"
    )
    made.add_argument(
        "--metric",
        action="append",
        default=[],
        metavar="NAME",
        help="the first ranks; again for more",
    )
    made.add_argument(
        "--curve", action="append", default=[], metavar="NAME", help="draw this curve"
    )
    made.add_argument("--heat", nargs=2, metavar=("X", "Y"), help="two swept params")
    made.add_argument("--against", metavar="METRIC", help="what the best is weighed against")
    made.add_argument(
        "--allow-mixed",
        action="store_true",
        help="average over runs of a group that differ in settings, code, data or BLAS kernels:"
        " refused otherwise",
    )
    told = made.parse_args(arguments)
    refuse(faults(told))
    runs = chosen(told)
    if not len(runs):
        msg = "There are no runs to compare."
        raise AnalysisError(msg)
    document = _document(runs, told)

    from analysis.output.saving import save

    save(document, told.out, told.width)
    print(f"{len(runs)} runs: {told.out / 'report.html'}")


def _document(runs: Runs, told: Namespace) -> Document:
    from analysis import overview
    from analysis.cells import Rules
    from analysis.chapters.leftover import MOST_LINES, left_out, table
    from analysis.chapters.seeds import commands
    from analysis.document import Chapter, Document, Paragraph, Picture
    from analysis.groups import group, usual_curves, usual_metrics

    metric = told.metric[0] if told.metric else ""
    rules = Rules(allow_mixed=told.allow_mixed)
    groups = group(list(runs), told.by, rules)
    if all(one.refused for one in groups.filled):
        raise AnalysisError(groups.refusal)
    metrics = usual_metrics(runs, told.metric)
    blocks: list[Block] = [Paragraph(groups.refusal)] if groups.refusal else []
    blocks += commands(runs, groups)
    blocks.append(table(groups, overview.ranked(runs, groups, metrics), "compare"))
    curves = told.curve or usual_curves(runs, list(runs))
    if curves:
        lines = overview.curves(runs, *curves, by=told.by, metric=metric, rules=rules)
        note = left_out(groups, MOST_LINES, metrics[0])
        blocks.append(Picture("curves", "The best settings, by epoch", lines, note))
    every = group(list(runs), rules=rules)
    heat = told.heat or overview.crossed(runs, rules)
    if heat is not None:
        title = f"{heat[0]} and {heat[1]}, each with the best of all else"
        drawn = overview.heat(runs, heat[0], heat[1], metric, rules)
        blocks.append(Picture("heat", title, drawn))
    elif len(every.params) > 1:
        blocks.append(Paragraph("There is no heat map, because no two params were crossed."))
    if len(every.params) > 1:
        axes = overview.parallel(runs, metric, rules)
        blocks.append(Picture("parallel", "Every setting", axes, _aliases(every)))
    blocks += _cost(runs, told, metrics[0], rules)
    return Document("Comparison", [Chapter("compare", _title(runs), blocks)])


def _cost(runs: Runs, told: Namespace, metric: Metric, rules: Rules) -> Iterator[Block]:
    """Give the figure of what the best is weighed against, or say why there is none."""
    from analysis import overview
    from analysis.document import Paragraph, Picture

    varied = [told.against] if told.against else overview.costs(runs, _COSTS, rules)
    if varied:
        title = f"{metric.heading} against {varied[0].replace('_', ' ')}"
        drawn = overview.against(runs, varied[0], metric.name, rules)
        yield Picture("cost", title, drawn)
        return
    logged = {name for run in runs for name in run.metrics}
    known = [name for name in _COSTS if name in logged]
    if known and len(runs) > 1:
        yield Paragraph(f"Nothing to weigh against: {', '.join(known)} differ between no settings.")


def _aliases(groups: Groups) -> str:
    """Say which params have no axis, and why."""
    found = [f"{name} with {other}" for name, other in groups.aliases.items()]
    return f"Not drawn, as they change only together: {'; '.join(found)}." if found else ""


def _title(runs: Runs) -> str:
    return runs.sweeps[0].name if len(runs.sweeps) == 1 else f"{len(runs)} runs"


if __name__ == "__main__":
    run(command)
