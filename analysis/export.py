"""`python -m analysis.export FILE.zip`: the run records of a store in one file.

Every command of `analysis` takes such a file in place of a store: --from FILE.zip.
"""

from __future__ import annotations

from pathlib import Path

from analysis.options import add_experiments, chosen, faults, parser, refuse, run, unwritable


def command(arguments: list[str]) -> None:
    """Write the file."""
    made = parser("export", __doc__)
    made.add_argument("file", type=Path, metavar="FILE.zip", help="what to write")
    add_experiments(made)
    told = made.parse_args(arguments)
    wrong = faults(told)
    if told.file.suffix != ".zip":
        wrong.append(f"{told.file} is not allowed: run records are a .zip file.")
    elif told.file.is_dir():
        wrong.append(f"{told.file} is a folder: name a .zip file for the run records.")
    wrong += filter(None, [unwritable(told.file.parent)])
    refuse(wrong)

    from analysis.experiments import experiments, folders

    found = experiments([told.experiments] if told.experiments else folders())
    runs = chosen(told)

    from analysis.archive import write
    from analysis.measures import examples_of
    from analysis.sections import Cells, Csv, Variants

    sets = {"test"}
    tables = {}
    for section in (one.section for one in found):
        if isinstance(section, Cells | Variants):
            sets |= {name for metric in section.metrics if (name := examples_of(metric))}
        if isinstance(section, Csv) and (text := runs.kept.table(section.file)) is not None:
            tables[section.file] = text
    write(told.file, runs, sets, tables)
    size = told.file.stat().st_size
    print(f"{len(runs)} runs: {told.file}, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    run(command)
