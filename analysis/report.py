"""`python -m analysis.report`: the report of all runs, from conf/experiment and the MLflow store.

Writes a folder with report.html (one page that needs nothing else), report.md, and figures/,
tables/ (CSV) and latex/. The same runs give the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from analysis.errors import AnalysisError
from analysis.options import add_experiments, chosen, parser, run


def command(arguments: list[str]) -> None:
    """Make the report."""
    made = parser("report", __doc__)
    made.add_argument(
        "--out",
        type=Path,
        default=Path("report"),
        metavar="FOLDER",
        help="where it is written (default: %(default)s)",
    )
    add_experiments(made)
    made.add_argument(
        "--allow-mixed",
        action="store_true",
        help="show cells that mix code, data, BLAS kernels or settings: refused otherwise",
    )
    made.add_argument(
        "--width", type=float, default=6.4, help="of figures, in inches (default: %(default)s)"
    )
    told = made.parse_args(arguments)
    if not _NARROWEST <= told.width <= _WIDEST:
        msg = f"--width {told.width:g} is not allowed: figures are {_NARROWEST} to {_WIDEST} inches"
        raise AnalysisError(msg)
    if told.experiments is not None and not told.experiments.is_dir():
        msg = f"--experiments {told.experiments} is no folder."
        raise AnalysisError(msg)
    from analysis.experiments import experiments, folders

    found = experiments([told.experiments] if told.experiments else folders())
    runs = chosen(told)

    from analysis.building import build
    from analysis.cells import Rules, newest_code
    from analysis.output.saving import save

    rules = Rules(allow_mixed=told.allow_mixed, newest_code=newest_code(runs))
    document = build(runs, found, rules)
    save(document, told.out, told.width)
    print(f"{len(runs)} runs, {len(found)} sections: {told.out / 'report.html'}")


_NARROWEST, _WIDEST = 3, 20

if __name__ == "__main__":
    run(command)
