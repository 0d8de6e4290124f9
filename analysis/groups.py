"""Runs of any sweep, grouped over their seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.cells import Filled, Rules, fill_with, mixed, seed_of
from analysis.errors import AnalysisError
from analysis.runs import Run, Runs, is_seed
from analysis.sections import Cell, Metric
from analysis.values import Meaning, order, said

ABSENT = "–"
"""Stands for a param that no run of a setting has, which is not the value none."""

_MOST_METRICS = 5
Settings = Mapping[str, Meaning]


@dataclass(frozen=True)
class Groups:
    """Groups of repeats, and the params by which they differ."""

    params: tuple[str, ...]
    filled: tuple[Filled, ...]

    def values(self, filled: Filled) -> list[str]:
        """Give the value of each param, as a table shows it."""
        return [said(filled.cell.where.get(name, ABSENT)) for name in self.params]

    @property
    def aliases(self) -> dict[str, str]:
        """Give the params that only say again what another says, each with that other.

        Where no value comes twice nobody can know: random search gives none.
        """
        parts: dict[tuple[int, ...], str] = {}
        found = {}
        for name in sorted(self.params, key=lambda name: (ABSENT in self._column(name), name)):
            column = self._column(name)
            part = tuple(column.index(value) for value in column)
            if name != parts.setdefault(part, name) and len(set(part)) < len(part):
                found[name] = parts[part]
        return found

    @property
    def telling(self) -> tuple[str, ...]:
        """The params that say most: none that only say again what another says.

        Nor one of which some settings are known to have one value, and others lack it: that only
        says who logged it.
        """
        aliases = self.aliases
        return tuple(
            name
            for name in self.params
            if name not in aliases
            and (len({*self._column(name)} - {ABSENT}) > 1 or len(self.filled) == 1)
        )

    def apart(self, chosen: Sequence[Filled]) -> list[Filled]:
        """Name some of the groups by what they differ in among themselves."""
        names = [
            name
            for name in self.telling
            if len({said(one.cell.where.get(name)) for one in chosen}) > 1
        ]
        known = [[name for name in names if one.cell.where[name] != ABSENT] for one in chosen]
        # What a setting lacks is named only where it must be to tell two apart.
        for asked in (known, [names] * len(chosen)):
            named = [_renamed(*pair) for pair in zip(chosen, asked, strict=True)]
            if len({one.cell.name for one in named} - {""}) == len(named):
                return named
        return list(chosen)

    @property
    def refusal(self) -> str:
        """Say which groups are refused for what they mix, and what to do; empty if none is."""
        refused = [one for one in self.filled if one.refused]
        if not refused:
            return ""
        mixes = sorted({text.partition(" ")[0] for one in refused for text in one.mixes})
        ways = ["average over them (--allow-mixed)"]
        if set(mixes) - {"code", "data", "BLAS"}:
            ways.insert(0, "group by these, too (--by)")
        return (
            f"{len(refused)} of {len(self.filled)} groups are refused because they mix runs that"
            f" differ in {', '.join(mixes)}: {', or '.join(ways)}."
        )

    def _column(self, name: str) -> list[str]:
        return [said(one.cell.where.get(name, ABSENT)) for one in self.filled]


def group(runs: Sequence[Run], by: Sequence[str] = (), rules: Rules | None = None) -> Groups:
    """Group runs over their seeds, by some params or by all that differ among them.

    Raises `AnalysisError` for a param that no run has.
    """
    kept = [run for run in runs if run.excluded is None]
    every = sorted({name for run in kept for name in run.params if not is_seed(name)})
    unknown = [name for name in by if name not in every]
    if unknown:
        msg = f"No run has a param {', '.join(unknown)}: there are {', '.join(every)}."
        raise AnalysisError(msg)
    settings = _settings(kept)

    def varies(name: str) -> bool:
        return len({one.get(name, ABSENT) for one in settings.values()}) > 1

    params = tuple(dict.fromkeys(by)) or tuple(name for name in every if varies(name))
    combinations: dict[tuple[Meaning, ...], list[Run]] = {}
    for run in kept:
        values = tuple(settings[run.run_id].get(name, ABSENT) for name in params)
        combinations.setdefault(values, []).append(run)
    filled = []
    for values in sorted(combinations, key=lambda key: [order(value) for value in key]):
        where = dict(zip(params, values, strict=True))
        cell = Cell(name=", ".join(map(said, values)) or kept[0].name, where=where)
        filled.append(_filled(combinations[values], settings, cell, rules or Rules()))
    return Groups(params, tuple(filled))


def _settings(runs: Sequence[Run]) -> dict[str, Settings]:
    """Give each run's settings, by its id, with those that only its repeats logged.

    A sweep over the options of a group logs which it chose. A run that it reused has the same
    configuration, and no such param.
    """
    logged: dict[str, dict[str, dict[Meaning, None]]] = {}
    for run in runs:
        own = logged.setdefault(run.tags.get("sweeps.repeat", run.run_id), {})
        for name, value in run.configuration.items():
            own.setdefault(name, {})[value] = None
    one_of = {
        repeat: {name: _one(list(values)) for name, values in own.items()}
        for repeat, own in logged.items()
    }
    return {run.run_id: one_of[run.tags.get("sweeps.repeat", run.run_id)] for run in runs}


def _one(values: Sequence[Meaning]) -> Meaning:
    """Give the value, or every name by which repeats call the same."""
    return values[0] if len(values) == 1 else " or ".join(sorted(map(said, values)))


def _filled(
    runs: Sequence[Run], settings: Mapping[str, Settings], cell: Cell, rules: Rules
) -> Filled:
    """Fill a group. Each of several settings in it is filled by itself: their seeds are not one."""
    alike: dict[tuple[tuple[str, Meaning], ...], list[Run]] = {}
    for run in runs:
        alike.setdefault(tuple(sorted(settings[run.run_id].items())), []).append(run)
    parts = [fill_with(some, cell, (), rules) for some in alike.values()]
    used = sorted(
        (run for one in parts for run in one.used), key=lambda run: (seed_of(run) or 0, run.run_id)
    )
    mixes = tuple(_mixed([run for run in runs if run.state == "finished"], settings))
    return Filled(
        cell=cell,
        used=tuple(used),
        wanted=(),
        others=tuple(run for one in parts for run in one.others),
        mixes=mixes,
        refused=bool(mixes) and not rules.allow_mixed,
        stale=any(one.stale for one in parts),
        repeated=sum(one.repeated for one in parts),
        states=sum((Counter(one.states) for one in parts), Counter()),
    )


def _mixed(runs: Sequence[Run], settings: Mapping[str, Settings]) -> list[str]:
    """Say what runs differ in; that only some logged a param is no difference between repeats."""
    found = []
    for name in sorted({name for run in runs for name in settings[run.run_id]}):
        values = {said(settings[run.run_id].get(name, ABSENT)) for run in runs}
        if len(values) > 1:
            found.append(f"{name} {' and '.join(sorted(values, key=order))}")
    return [*found, *mixed([replace(run, params={}) for run in runs])]


def _renamed(filled: Filled, names: Sequence[str]) -> Filled:
    where = filled.cell.where
    name = ", ".join(_spoken(name, where.get(name, ABSENT)) for name in names)
    return replace(filled, cell=filled.cell.model_copy(update={"name": name}))


def _spoken(name: str, value: object) -> str:
    """Write a value; a number, a truth or none says nothing without its param."""
    text = said(value)
    is_word = isinstance(value, str) and text not in {ABSENT, "none"}
    return text if is_word else f"{name} {text}"


def usual_metrics(runs: Runs | Sequence[Run], names: Sequence[str] = ()) -> list[Metric]:
    """Give the metrics of a table that nobody has designed: those asked for, or those of the test.

    A name that ends in accuracy is a fraction, shown in percent. Raises `AnalysisError` for a
    metric that no run has.
    """
    every = sorted({name for run in runs for name in run.metrics})
    unknown = [name for name in names if name.partition("@")[0] not in every]
    if unknown:
        msg = f"No run has a metric {', '.join(unknown)}: there are {', '.join(every)}."
        raise AnalysisError(msg)
    chosen = list(names)
    if not chosen:
        chosen = [name for name in every if name.startswith(("test_", "best_"))]
        chosen = chosen or [name for name in every if name == "value"] or every
        chosen.sort(
            key=lambda name: (
                name.endswith("epoch"),  # says when, not how well
                not name.endswith("accuracy"),
                not name.startswith("test_"),
            )
        )
    return [_metric(name) for name in chosen[: len(names) or _MOST_METRICS]]


def _metric(name: str) -> Metric:
    plain = name.partition("@")[0]
    if plain.endswith("accuracy"):
        return Metric(name=name, percent=True, better="higher")
    if plain.endswith("epoch"):
        return Metric(name=name, decimals=1)
    return Metric(name=name, better="lower" if plain.endswith("loss") else None)


def usual_curves(runs: Runs, chosen: Sequence[Run]) -> list[str]:
    """Give up to two curves that are worth drawing: of validation, or of anything."""
    logged = {name for curves in runs.curves(chosen) for name in curves} - {"epoch"}
    known = [name for name in _CURVES if name in logged]
    return (known or sorted(logged))[:2]


_CURVES = ("validation_loss", "validation_accuracy", "loss", "accuracy")
