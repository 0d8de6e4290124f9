"""Cells as pandas frames: what is known of each, at full precision."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.cells import Filled
from analysis.measures import examples_of, values
from analysis.runs import Run, Runs
from analysis.sections import Metric
from analysis.statistics import Interval, over_seeds, over_seeds_and_examples


@dataclass(frozen=True)
class Measured:
    """A cell's metric in the table's unit."""

    filled: Filled
    metric: Metric
    each: tuple[float, ...]
    """One a run, without those that have none."""
    seeds: Interval
    both: Interval | None
    """Over seeds and test examples, for a metric of which it is known what was right."""

    @property
    def published(self) -> float:
        """What was published of the cell; nan if nothing was."""
        return self.filled.cell.published.get(self.metric.name, math.nan)

    @property
    def is_whole(self) -> bool:
        """Whether every run that there was to be has this number."""
        return self.seeds.n == self.filled.expected

    @property
    def lacks(self) -> str:
        """Say of how many runs the mean is, and what became of the others; nothing if whole."""
        if self.is_whole:
            return ""
        without = len(self.filled.runs) - self.seeds.n
        why = [*self.filled.losses, *([f"{without} without this number"] if without else [])]
        return "; ".join([f"{self.seeds.n} of {self.filled.expected} runs", *why])

    def counted(self, mean: str) -> str:
        """Put k of n beside a written mean that isn't whole: survivors are no sample of all."""
        if self.is_whole or not self.filled.runs:
            return mean
        count = f"{self.seeds.n} of {self.filled.expected}"
        return f"{mean} ({count})" if self.seeds.n else count


def measure(runs: Runs, filled: Filled, metric: Metric) -> Measured:
    """Measure a cell."""
    every = values(runs, filled.runs, metric)
    found = tuple(value for value in every if math.isfinite(value))
    name = examples_of(metric)
    both = None
    if name is not None and len(found) == len(filled.runs) > 1:
        bits = runs.correct(filled.runs, name)
        known = [one for one in bits if one is not None]
        if len(known) == len(bits) and len({len(one) for one in known}) == 1:
            both = over_seeds_and_examples(np.stack(known)).scaled(metric.scale)
    return Measured(filled, metric, found, over_seeds(found), both)


def frame(section: str, reading: str, measured: Sequence[Measured]) -> pd.DataFrame:
    """Give a row for each cell and metric, with what its runs were made of."""
    rows = []
    for one in measured:
        filled, runs = one.filled, one.filled.runs
        rows.append(
            {
                "section": section,
                "reading": reading,
                "cell": filled.cell.name,
                "metric": one.metric.heading,
                "n": one.seeds.n,
                "expected": filled.expected,
                "mean": one.seeds.mean,
                "sd": float(np.std(one.each, ddof=1)) if len(one.each) > 1 else math.nan,
                "low_over_seeds": one.seeds.low,
                "high_over_seeds": one.seeds.high,
                "low_over_seeds_and_examples": one.both.low if one.both else math.nan,
                "high_over_seeds_and_examples": one.both.high if one.both else math.nan,
                "published": one.published,
                "difference": one.seeds.mean - one.published,
                "notes": "; ".join(filled.notes),
                "values": " ".join(f"{value:.10g}" for value in one.each),
                "commit": marks(run.commit for run in runs),
                "code": marks(run.code for run in runs),
                "data": marks(run.data for run in runs),
                "blas": marks(run.blas for run in runs),
                "runs": " ".join(run.run_id for run in runs),
            }
        )
    return pd.DataFrame(rows)


def marks(found: Iterable[str]) -> str:
    """Put together what differs, once each."""
    return ", ".join(sorted({one for one in found if one}))


def runs_frame(runs: Sequence[Run]) -> pd.DataFrame:
    """Give a row for each run with its provenance, params and last metrics."""
    return pd.DataFrame(
        [
            {
                "run_id": run.run_id,
                "name": run.name,
                "experiment": run.experiment,
                "state": run.state,
                "identity": run.identity,
                "commit": run.commit,
                "code": run.code,
                "data": run.data,
                "blas": run.blas,
                **{f"param.{name}": text for name, text in sorted(run.params.items())},
                **{f"metric.{name}": value for name, value in sorted(run.metrics.items())},
            }
            for run in runs
        ]
    )
