"""How wide equal hidden layers must be to have as many parameters as a reference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.chapters.made import Made
from analysis.document import Entry, Paragraph, Table
from analysis.experiments import Experiment
from analysis.numbers import number
from analysis.sections import Widths


def parameters(widths: Sequence[float]) -> float:
    """Count the weights and biases of layers of these widths: (below + 1) x above for each."""
    return sum((below + 1) * above for below, above in pairwise(widths))


def matching(inputs: int, outputs: int, layers: int, wanted: float) -> float:
    """Give the width h at which `layers` hidden layers of h have so many parameters.

    The positive root of (layers - 1) h² + (inputs + layers + outputs) h + outputs = wanted.
    """
    constant = outputs - wanted
    linear = inputs + layers + outputs
    if layers == 1:
        return -constant / linear
    roots = np.roots([layers - 1, linear, constant])
    return float(max(roots.real))


def chapter(experiment: Experiment, section: Widths) -> Made:
    """Tabulate the widths."""
    reference = [section.inputs, *section.reference, section.outputs]
    wanted = parameters(reference)
    rows: list[list[Entry]] = []
    records = []
    for layers in section.layers:
        width = matching(section.inputs, section.outputs, layers, wanted)
        published = section.published.get(layers, math.nan)
        whole = [section.inputs, *[round(width)] * layers, section.outputs]
        network, count = "-".join(map(str, whole)), f"{parameters(whole):.0f}"
        rows.append([str(layers), number(width, 2), number(published, 2), network, count])
        records.append((layers, width, published, network, int(count)))
    name = "-".join(map(str, reference))
    text = (
        f"{name} has {wanted:.0f} weights and biases. With L hidden layers of h units there are"
        f" ({section.inputs} + 1)·h + (L − 1)·(h + 1)·h + (h + 1)·{section.outputs}. Set equal,"
        " they give a quadratic equation in h."
    )
    head = ["hidden layers", "width h", "published", "nearest network", "its parameters"]
    table = Table(
        slug=experiment.slug,
        caption=f"Equal hidden layers with the parameters of {name}",
        head=head,
        rows=rows,
        numbers=[1, 2, 4],
        frame=pd.DataFrame(records, columns=head),
    )
    return Made(experiment, [Paragraph(text), table])
