"""`python -m analysis.report`: the report of all runs, from conf/experiment and the MLflow store.

Writes a folder with report.html (one page that needs nothing else), report.md, and figures/,
tables/ (CSV) and latex/. The same runs give the same bytes.
"""

from __future__ import annotations

from analysis.errors import AnalysisError
from analysis.options import add_experiments, add_output, chosen, parser, run, width


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
    told = made.parse_args(arguments)
    inches = width(told)
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
    save(document, told.out, inches)
    print(f"{len(runs)} runs, {len(found)} sections: {told.out / 'report.html'}")


if __name__ == "__main__":
    run(command)
