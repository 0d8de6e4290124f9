"""Finds the experiments and reads what they say of the report, as plain YAML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import TypeAdapter, ValidationError

from analysis.errors import AnalysisError
from analysis.sections import Cell, Cells, Csv, Section, Variant, Variants, Where
from analysis.values import meaning, said

OWN = Path("conf") / "experiment"
_SECTION: TypeAdapter[Section] = TypeAdapter(Section)


@dataclass(frozen=True)
class Experiment:
    """A file of conf/experiment with a `report:`."""

    name: str
    command: str
    section: Section

    @property
    def slug(self) -> str:
        """Its name as part of a file's name or of an address."""
        return self.name.replace("/", "-")


def folders() -> list[Path]:
    """Give where experiments lie: ./conf/experiment, and those that are installed or checked out.

    A file of the working folder hides one of the same name that lies elsewhere.
    """
    found = [Path.cwd() / OWN]
    spec = find_spec("mlp")
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        # A wheel carries conf/ inside the trainer's package, a checkout beside it.
        found += [Path(place) / OWN, Path(place).parent / OWN]
    return list(dict.fromkeys(path.resolve() for path in found if path.is_dir()))


def experiments(places: Sequence[Path]) -> list[Experiment]:
    """Read every experiment with a report, in the report's order.

    Raises `AnalysisError` with every fault of every file.
    """
    files: dict[str, Path] = {}
    for place in places:
        for path in sorted(place.rglob("*.yaml")):
            files.setdefault(path.relative_to(place).with_suffix("").as_posix(), path)
    found, faults = [], []
    for name, path in files.items():
        try:
            one = _read(name, path)
        except AnalysisError as error:
            faults.append(str(error))
        else:
            if one is not None:
                found.append(one)
    if faults:
        raise AnalysisError("\n".join(faults))
    return sorted(found, key=_order)


def _order(one: Experiment) -> tuple[bool, float, str, str, str]:
    place = one.section.section
    number = meaning(place)
    is_number = isinstance(number, float)
    return (
        not is_number,
        cast("float", number) if is_number else 0.0,
        str(place),
        one.section.reading,
        one.name,
    )


def _read(name: str, path: Path) -> Experiment | None:
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.safe_load(text)
    except OSError as error:
        msg = f"{path} can't be read: {error.strerror}."
        raise AnalysisError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path} is no text in UTF-8: its byte {error.start + 1} can't be read so."
        raise AnalysisError(msg) from error
    except yaml.YAMLError as error:
        msg = f"{path} is no YAML: {' '.join(str(error).split())}"
        raise AnalysisError(msg) from error
    told = content.get("report") if isinstance(content, dict) else None
    if told is None:
        return None
    if isinstance(told, dict):
        told = {"kind": "cells", **told}
    try:
        section = _SECTION.validate_python(told)
    except ValidationError as error:
        raise AnalysisError("\n".join(_said(path, error))) from error
    if isinstance(section, Cells):
        section = section.model_copy(update={"cells": _rows(section)})
    if isinstance(section, Variants):
        section = section.model_copy(update={"variants": _choices(section)})
    faults = list(_faults(section))
    if faults:
        raise AnalysisError("\n".join(f"{path}: {fault}" for fault in faults))
    return Experiment(name, _command(text), section)


def _command(text: str) -> str:
    for line in text.splitlines():
        if line.startswith("# python"):
            return line.removeprefix("# ").strip()
    return ""


def _said(path: Path, error: ValidationError) -> Iterator[str]:
    kinds = {"cells", "variants", "widths", "csv"}
    for one in error.errors(include_url=False):
        where = ".".join(str(part) for part in one["loc"] if part not in kinds)
        value = "" if isinstance(one["input"], dict | list) else f" ({one['input']!r})"
        yield f"{path}: report{'.' if where else ''}{where}{value}: {one['msg']}"


def grid(values: Where) -> list[dict[str, Any]]:
    """Give every combination of param → values, the last param running fastest."""
    if not values:
        return []
    return [
        dict(zip(values, combination, strict=True)) for combination in product(*values.values())
    ]


def _same(one: Where, other: Where) -> bool:
    return {key: meaning(value) for key, value in one.items()} == {
        key: meaning(value) for key, value in other.items()
    }


def _rows(section: Cells) -> list[Cell]:
    """Give the grid's rows, each with what `cells` say of it, and then the other cells."""
    rows, left = [], list(section.cells)
    for where in grid(section.grid):
        own = next((cell for cell in left if _same(cell.where, where)), None)
        if own is not None:
            left.remove(own)
        rows.append(own or Cell(name=", ".join(map(said, where.values())), where=where))
    return rows + left


def _choices(section: Variants) -> list[Variant]:
    made = [
        Variant(name=", ".join(map(said, where.values())), where=where)
        for where in grid(section.variant_grid)
    ]
    return [*section.variants, *made]


def _faults(section: Section) -> Iterator[str]:
    """Say what names something that isn't there."""
    ids = [claim.id for claim in section.claims]
    yield from (f"two claims are called {one!r}" for one in _twice(ids))
    if isinstance(section, Cells | Variants):
        names = [cell.name for cell in section.cells]
        metrics = [metric.name for metric in section.metrics]
        yield from (f"two cells are called {one!r}" for one in _twice(names))
        if not names:
            yield "report needs cells or a grid"
        for what, named, known in _named(section):
            if named not in known:
                yield f"{what} names {named!r}: there are {', '.join(known)}"
        yield from (
            f"cell {cell.name!r} has a published {metric!r}, which is none of the metrics"
            for cell in section.cells
            for metric in cell.published
            if metric not in metrics
        )
    for claim in section.claims:
        if (claim.kind == "all_at_most") != isinstance(section, Csv) and claim.kind != "untestable":
            yield f"claim {claim.id!r} of kind {claim.kind} can't be made of {section.kind}"


def _named(section: Cells | Variants) -> Iterator[tuple[str, str, list[str]]]:
    """Give every name that a section uses: by what, which, and those that there are."""
    cells = [cell.name for cell in section.cells]
    metrics = [metric.name for metric in section.metrics]
    for claim in section.claims:
        by = f"claim {claim.id!r}"
        used = [getattr(claim, "cell", ""), *getattr(claim, "cells", ())]
        used += getattr(claim, "against", ())
        yield from ((by, name, cells) for name in used if name)
        if getattr(claim, "metric", ""):
            yield by, getattr(claim, "metric", ""), metrics
    if isinstance(section, Variants):
        variants = [variant.name for variant in section.variants]
        for contrast in section.contrasts:
            by = f"contrast {contrast.name!r}"
            yield from ((by, name, cells) for name in (contrast.cell, contrast.against))
        if section.base:
            yield "base", section.base, variants
        return
    yield from _figured(section, cells, metrics)


def _figured(
    section: Cells, cells: list[str], metrics: list[str]
) -> Iterator[tuple[str, str, list[str]]]:
    """Give every name that a section's figures use."""
    params = sorted({*section.select, *(name for cell in section.cells for name in cell.where)})
    for figure in section.figures:
        by = f"figure {figure.title or figure.kind!r}"
        shown = [figure.cell] if figure.kind == "stopping" else figure.cells
        yield from ((by, name, cells) for name in shown)
        if figure.kind in {"points", "lines", "heat"} and figure.metric:
            yield by, figure.metric, metrics
        if figure.kind in {"lines", "heat"}:
            named = (figure.x, figure.by if figure.kind == "lines" else figure.y)
            yield from ((by, name, params) for name in named if name)


def _twice(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
