"""Fetch a data set, check it, say where it lies, and show samples: `python -m mlp.datasets`."""

import argparse
import logging
import os
import shutil
import sys
from pathlib import Path

from mlp.config import DATASETS, SOURCES, Data

DESCRIPTION = """\
Fetch a data set, check it to the byte, decode it once for this machine, say where it lies, and
draw a sheet of sample images. Training does the same by itself; this is to look, or to prepare a
machine before it goes offline."""
EPILOG = """\
examples:
  python -m mlp.datasets
  python -m mlp.datasets --source cache,apt
  python -m mlp.datasets --data idx --path ~/mnist
  python -m mlp.datasets --data csv --path train.csv --test-path test.csv --label digit

The cache is the user's cache folder for sweepstack; the environment variable SWEEPSTACK_CACHE
sets another one."""


def _arguments(told: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m mlp.datasets",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", default=DATASETS[0], choices=DATASETS, help="which kind")
    parser.add_argument("--path", help="the folder (idx) or file (npz, csv) of your own data")
    parser.add_argument("--test-path", help="csv: the file of the test part")
    parser.add_argument("--label", default="label", help="csv: the heading of the labels")
    parser.add_argument(
        "--source",
        default=",".join(SOURCES),
        help="fashion_mnist: where to look, in order; a folder may stand among the words "
        "(default: %(default)s)",
    )
    parser.add_argument("--limit", type=int, help="only the first LIMIT of each part")
    parser.add_argument("--sheet", type=Path, help="the PNG to draw (default: one in the cache)")
    return parser.parse_args(told)


def _draws() -> bool:
    """Say whether standard output is a terminal that can show half blocks in colours."""
    encoding = (sys.stdout.encoding or "").lower()
    return sys.stdout.isatty() and encoding.startswith("utf") and "NO_COLOR" not in os.environ


def main(told: list[str] | None = None) -> int:
    """Run the command with the arguments `told` (None: those of the process); give its status."""
    arguments = _arguments(told)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    from mlp.datasets import (
        DatasetError,
        declared,
        decoded,
        digest,
        load,
    )  # --help needs neither these nor NumPy

    data = Data(
        name=arguments.data,
        source=[word.strip() for word in arguments.source.split(",") if word.strip()],
        path=arguments.path,
        test_path=arguments.test_path,
        label=arguments.label,
        limit=arguments.limit,
    )
    try:
        decoded.check(declared.key(data, digest(data)))
        dataset = load(data)
    except DatasetError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    from mlp.datasets import description, sheet

    sys.stdout.write(description.text(dataset, data))
    path = arguments.sheet or description.sheet_path(data)
    try:
        if _draws():
            width = shutil.get_terminal_size().columns
            sys.stdout.write(sheet.terminal(dataset, width) + "\n")
        sheet.save(dataset, path)
    except DatasetError as fault:
        sys.stdout.write(f"{fault}\n")
    except OSError as fault:
        sys.stderr.write(f"{path} can't be written ({fault.strerror}): set --sheet to a file\n")
        return 1
    else:
        sys.stdout.write(f"samples    {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
