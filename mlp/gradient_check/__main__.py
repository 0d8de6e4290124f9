"""`python -m mlp.gradient_check [OVERRIDE ...]`: check a configured network's gradients.

Takes the overrides of a run. Prints every parameter array's errors and the source report's
table, and saves them in the current folder: gradient_check.csv has the six parameters, for a
report to read, gradient_check.md both tables.
"""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra.errors import HydraException
from rich.console import Console
from rich.table import Table

from mlp.check import check
from mlp.compose import CONF, compose
from mlp.datasets import DatasetError, load
from mlp.gradient_check import Layer, Row, every_parameter, prepared, six_parameters

# Far above what float64 gives (about 1e-6), far below what a wrong formula does (about 1).
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Sheet:
    """A table as text: what is printed is what is saved."""

    title: str
    headings: list[str]
    rows: list[list[str]]

    def pretty(self) -> Table:
        """Lay the table out for a terminal."""
        table = Table(*self.headings, title=self.title, title_justify="left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """Write the table in Markdown."""
        lines = [self.headings, ["---"] * len(self.headings), *self.rows]
        table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        return f"**{self.title}**\n\n{table}\n"


def of_layers(title: str, layers: Sequence[Layer]) -> Sheet:
    """Tabulate every parameter array."""
    rows = [
        [
            layer.name,
            f"{layer.parameters}",
            f"{layer.max_relative_error:.2e}",
            f"{layer.mean_relative_error:.2e}",
            f"{layer.max_absolute_error:.2e}",
        ]
        for layer in layers
    ]
    headings = [
        "array",
        "parameters",
        "max relative error",
        "mean relative error",
        "max absolute error",
    ]
    return Sheet(title, headings, rows)


def of_paper(title: str, six: Sequence[Row]) -> Sheet:
    """Tabulate the source report's six parameters."""
    rows = [
        [row.parameter, f"{row.numerical:.11f}", f"{row.gradient:.11f}", f"{row.difference:.11f}"]
        for row in six
    ]
    return Sheet(title, ["parameter", "numerical", "gradient", "difference"], rows)


def main(overrides: Sequence[str]) -> int:
    """Check, print and save; return the exit code, 0 if all gradients agree."""
    config = compose(overrides)
    dataset = load(config.data)
    network, inputs, labels = prepared(config, dataset)
    widths = [dataset.train_images.shape[1], *config.hidden_units, len(dataset.classes)]
    name = f"{'-'.join(map(str, widths))} {config.activation}"
    layers = list(every_parameter(network, inputs, labels))
    every = of_layers(f"Every parameter of {name} in float64, central differences", layers)
    six = of_paper(
        "Six parameters, step 0.01, averaged over one example per class",
        six_parameters(network, inputs, labels),
    )
    agree = all(layer.max_relative_error < TOLERANCE for layer in layers)
    console = Console()
    console.print(every.pretty())
    console.print(
        f"All gradients agree within a relative error of {TOLERANCE:g}."
        if agree
        else f"Gradients differ: a relative error is above {TOLERANCE:g}."
    )
    console.print(six.pretty())
    with Path("gradient_check.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([six.headings, *six.rows])
    Path("gradient_check.md").write_text(f"{every.markdown()}\n{six.markdown()}", "utf-8")
    console.print("Saved gradient_check.csv (the six) and gradient_check.md (both).")
    return 0 if agree else 1


def command(arguments: Sequence[str]) -> int:
    """Answer --help, refuse what can't be, and check the rest."""
    if {"-h", "--help"} & set(arguments):
        print(f"{__doc__}\nSettings and choices: python -m mlp.run --help")
        return 0
    unknown = [f"{one} is no setting: KEY=VALUE is" for one in arguments if "=" not in one]
    found = unknown + check([one for one in arguments if "=" in one], [CONF])
    if found:
        sys.exit("\n".join((*found, "Nothing was checked.")))
    try:
        return main(arguments)
    except (ValueError, DatasetError, HydraException) as error:
        sys.exit(f"mlp.gradient_check: {error}")


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:]))
