"""`python -m analysis.compare`: any sweep at a glance.

A table grouped over seeds, learning curves with bands, a heat map over two swept settings, parallel
coordinates, and accuracy against what it cost. Writes a folder like that of analysis.report.

    python -m analysis.compare --sweep "activation × learning_rate"
    python -m analysis.compare --by activation --metric test_accuracy --curve validation_loss
    python -m analysis.compare --heat learning_rate l2 --against training_flop
"""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from analysis.options import add_output, chosen, faults, parser, refuse, run

if TYPE_CHECKING:
    from analysis.document import Document
    from analysis.runs import Runs

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
    from analysis.chapters.leftover import commands, table
    from analysis.document import Block, Chapter, Document, Picture
    from analysis.groups import group, usual_curves, usual_metrics

    metric = told.metric[0] if told.metric else ""
    groups = group(list(runs), told.by)
    metrics = usual_metrics(runs, told.metric)
    blocks: list[Block] = [*commands(runs, list(runs), groups)]
    blocks.append(table(groups, overview.ranked(runs, groups, metrics), "compare"))
    logged = {name for one in runs for name in one.metrics}
    curves = told.curve or usual_curves(runs, list(runs))
    if curves:
        lines = overview.curves(runs, *curves, by=told.by)
        blocks.append(Picture("curves", "The best settings, by epoch", lines))
    params = groups.params
    heat = told.heat or (params[:2] if len(params) > 1 else None)
    if heat is not None:
        title = f"{heat[0]} and {heat[1]}, each with the best of all else"
        blocks.append(Picture("heat", title, overview.heat(runs, heat[0], heat[1], metric)))
    if len(params) > 1:
        blocks.append(Picture("parallel", "Every setting", overview.parallel(runs, metric)))
    cost = told.against or next((name for name in _COSTS if name in logged), None)
    if cost is not None:
        title = f"{metrics[0].heading} against {cost.replace('_', ' ')}"
        blocks.append(Picture("cost", title, overview.against(runs, cost, metric)))
    return Document("Comparison", [Chapter("compare", _title(runs), blocks)])


def _title(runs: Runs) -> str:
    return runs.sweeps[0].name if len(runs.sweeps) == 1 else f"{len(runs)} runs"


if __name__ == "__main__":
    run(command)
