"""Which settings a sweep's command trains if it is typed again: its experiment may have changed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from analysis.errors import AnalysisError
from analysis.runs import is_seed
from analysis.values import Meaning, meaning

_APART = ("defaults", "hydra", "report", "sweep")
_GLOBAL = "# @package _global_"
Values = Mapping[str, tuple[Meaning, ...]]


@dataclass(frozen=True)
class Grid:
    """The values that a command gives to params."""

    typed: Values
    """Those that stand in the command itself."""
    swept: Values
    """Those that its experiment sweeps."""
    fixed: Values
    """Those that its experiment, and what this is made of, sets once."""

    def has(self, settings: Mapping[str, Meaning]) -> bool:
        """Whether a setting that the command once trained is still among its own.

        A param that is swept has to be known of the setting; others may be left unlogged.
        """
        if any(name not in settings for name in self.swept if name not in self.typed):
            return False
        own = {**self.fixed, **self.swept, **self.typed}
        return all(settings[name] in values for name, values in own.items() if name in settings)


def grid_of(command: str, places: Sequence[Path]) -> Grid:
    """Read what a command sweeps, with its experiment's file from one of the folders.

    Raises `AnalysisError` with a clause that says why it can't be known.
    """
    typed: dict[str, tuple[Meaning, ...]] = {}
    experiment = ""
    for word in words_of(command):
        name, equals, text = word.lstrip("+").partition("=")
        if not equals:
            continue
        if name == "experiment":
            experiment = text
        elif not is_seed(name):
            typed[name] = _choices(text)
    if not experiment:
        return Grid(typed, {}, {})
    place = next((one for one in places if (one / f"{experiment}.yaml").is_file()), None)
    if place is None:
        msg = f"there is no conf/experiment/{experiment}.yaml"
        raise AnalysisError(msg)
    path = place / f"{experiment}.yaml"
    content = _read(path)
    sweeper = (content.get("hydra") or {}).get("sweeper") or {}
    params = sweeper.get("params") or {}
    swept = {name: _choices(value) for name, value in params.items() if not is_seed(name)}
    options = {
        name: str(values[0]) for name, values in {**swept, **typed}.items() if len(values) == 1
    }
    many = {name for name, values in {**swept, **typed}.items() if len(values) > 1}
    fixed = {
        name: (value,)
        for name, value in _fixed(path, place.parent, "", options, many).items()
        if not is_seed(name)
    }
    return Grid(typed, swept, fixed)


def words_of(command: str) -> list[str]:
    """Split a command as a shell does.

    Raises `AnalysisError` with a clause, for one that no shell takes.
    """
    try:
        return shlex.split(command)
    except ValueError as error:
        msg = f"the command {command} is not whole"
        raise AnalysisError(msg) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        msg = f"{path.name} is no YAML"
        raise AnalysisError(msg) from error
    return content if isinstance(content, dict) else {}


def _fixed(
    path: Path, conf: Path, group: str, options: Mapping[str, str], many: set[str]
) -> dict[str, Meaning]:
    """Give the params that a file sets, over those of the group files that it is made of.

    Of a group that is swept the option is not known, so what depends on it is left out.
    """
    content = _read(path)
    found: dict[str, Meaning] = {}
    for entry in content.get("defaults") or []:
        pairs = entry if isinstance(entry, dict) else {group: entry}
        for key, value in pairs.items():
            name = str(key).rpartition(" ")[2].lstrip("/")
            file = conf / name / f"{options.get(name, value)}.yaml"
            if name not in many and file != path and file.is_file():
                found.update(_fixed(file, conf, name, options, many))
    is_global = path.read_text(encoding="utf-8").startswith(_GLOBAL)
    own = {name: value for name, value in content.items() if name not in _APART}
    found.update(_flat(own, "" if is_global or not group else f"{group}."))
    return found


def _flat(content: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Meaning]]:
    for name, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        elif "${" not in str(value):
            yield f"{prefix}{name}", meaning(value)


def _choices(value: object) -> tuple[Meaning, ...]:
    """Split what Hydra sweeps at its outer commas: 50 or [47,47],[25] or choice(a,b)."""
    if isinstance(value, list):
        return tuple(meaning(one) for one in value)
    text = str(value).strip()
    if text.startswith("choice(") and text.endswith(")"):
        text = text.removeprefix("choice(").removesuffix(")")
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return tuple(meaning(part.strip()) for part in parts)
