"""`python -m analysis.report`: the report of all runs, from conf/experiment and the MLflow store.

Writes a folder with report.html (one page that needs nothing else), report.md, and figures/,
tables/ (CSV) and latex/. The same runs give the same bytes. Of what lies in that folder already,
only files that an older report wrote are replaced: those that report.manifest lists.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from analysis.options import add_experiments, add_output, chosen, faults, parser, refuse, run

if TYPE_CHECKING:
    from analysis.runs import Runs


def command(arguments: list[str]) -> None:
    """Make the report."""
    made = parser("report", __doc__)
    add_output(made, "report")
    add_experiments(made)
    made.add_argument(
        "--allow-mixed",
        action="store_true",
        help="show cells that mix code, data, BLAS kernels or settings: refused otherwise",
    )
    made.add_argument(
        "--log",
        action="store_true",
        help="also keep the report with the sweep's own run in MLflow; --sweep says which",
    )
    made.add_argument(
        "--workers", type=int, metavar="N", help="processes that draw (default: one for each CPU)"
    )
    told = made.parse_args(arguments)
    wrong = faults(told)
    if told.log and (len(told.sources) > 1 or any(map(_is_file, told.sources))):
        wrong.append(
            "--log needs one MLflow store, given alone with --from: nothing can be logged to a file"
            " of run records."
        )
    refuse(wrong)

    from analysis.experiments import experiments, folders

    found = experiments([told.experiments] if told.experiments else folders())
    from analysis.output.drawers import drawers

    with drawers(told.workers) as pool:
        runs = chosen(told)

        from analysis.building import build
        from analysis.cells import Rules, newest_code
        from analysis.output.saving import save

        parent = _parent(runs) if told.log else None
        rules = Rules(allow_mixed=told.allow_mixed, newest_code=newest_code(runs))
        document = build(runs, found, rules)
        names = save(document, told.out, told.width, pool)
    if parent is not None:
        from analysis.store import keep

        keep(runs, parent, told.out, names)
    for text in document.absent:
        print(text, file=sys.stderr)
    print(f"{len(runs)} runs, {len(found)} sections: {told.out / 'report.html'}")


def _is_file(source: str) -> bool:
    return source.endswith(".zip")


def _parent(runs: Runs) -> str:
    """Give the run that stands for the one sweep that was asked for."""
    from analysis.reading import one_a_line

    if len(runs.sweeps) == 1:
        return runs.sweeps[0].run_id
    msg = f"--log needs one sweep, by --sweep NAME. There are:{one_a_line(runs.sweeps)}"
    raise AnalysisError(msg)


if __name__ == "__main__":
    run(command)
