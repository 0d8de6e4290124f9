"""What makes two runs the same run: pure functions from plain containers to digests.

A run's identity is a digest of what decides its numbers: the task's name, its composed and
typed config (less what does not count), digests of its inputs, and the fingerprint of its code.
All values here are plain: strings, numbers, booleans, None, lists and mappings, with Enum, Path
and bytes beside them, as `OmegaConf.to_container` gives them.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from json.encoder import encode_basestring_ascii as _quoted
from pathlib import PurePath

# Part of every digest, so that a change in how we digest never equates old runs with new ones.
_FORMAT = 1
_DIGITS = 32
_ABSENT = "absent"


def canonical(value: object) -> str:
    """Write a plain value in the one form that equal values share, and unlike values don't.

    JSON with sorted keys and no spaces, with these rules of its own: 1 and 1.0 differ, as the
    schema has already made floats of what should be floats; so do 0.0 and -0.0, whose signs can
    reach the results; every NaN is the same; tuples are lists; a key that is no string stands
    without quotes, so that 1 and "1" differ; Enum, Path and bytes carry their type before them,
    so that none of them equals a string.

    Raises TypeError naming the key of a value of any other type, NumPy's scalars among them:
    their repr depends on NumPy's version.
    """
    return _canonical(value, "")


def _canonical(value: object, key: str) -> str:  # noqa: PLR0911 (one line per type)
    kind = type(value)
    # What json.dumps writes, at a third of its time: a plan of 10,000 jobs has a million values.
    if isinstance(value, str) and kind is str:
        return _quoted(value)
    if kind is int:
        return repr(value)
    if value is None or kind is bool:
        return json.dumps(value)
    if isinstance(value, float) and kind is float:
        return "NaN" if math.isnan(value) else json.dumps(value)
    if isinstance(value, Mapping):
        items = sorted(
            (_canonical(name, _join(key, name)), _canonical(item, _join(key, name)))
            for name, item in value.items()
        )
        return "{" + ",".join(f"{name}:{item}" for name, item in items) + "}"
    if isinstance(value, list | tuple):
        items_ = (_canonical(item, _join(key, index)) for index, item in enumerate(value))
        return "[" + ",".join(items_) + "]"
    if isinstance(value, Enum):
        return "enum" + json.dumps(value.name)
    if isinstance(value, PurePath):
        return "path" + json.dumps(value.as_posix())
    if isinstance(value, bytes):
        return "bytes" + json.dumps(value.hex())
    where = f"config key {key!r}" if key else "the value"
    msg = (
        f"{where} is a {kind.__module__}.{kind.__qualname__}, which a run's identity can't "
        "count: use a string, number, boolean, None, list, mapping, Enum, Path or bytes"
    )
    raise TypeError(msg)


def identity(
    config: Mapping[str, object],
    *,
    task: str,
    excluded: Collection[str] = (),
    inputs: Mapping[str, str],
    code: str,
) -> str:
    """Digest all that decides a run's numbers; 32 hexadecimal digits of a SHA-256.

    `excluded` are dotted keys of the config that don't count, each with all that is under it
    (`"sweep"`, `"data.source"`); `inputs` maps each declared input's name to the digest of its
    bytes; `code` is the fingerprint of the task's code. Raises TypeError as `canonical` does.
    """
    counted = {
        "format": _FORMAT,
        "task": task,
        "config": _without(config, frozenset(excluded), ""),
        "inputs": inputs,
        "code": code,
    }
    return _digest(canonical(counted))


def seed_free_key(
    config: Mapping[str, object],
    *,
    task: str,
    seed_keys: Collection[str],
    excluded: Collection[str] = (),
    inputs: Mapping[str, str],
    code: str,
) -> str:
    """Digest what runs that repeat each other under other seeds share."""
    without_seeds = {*excluded, *seed_keys}
    return identity(config, task=task, excluded=without_seeds, inputs=inputs, code=code)


def sweep_key(task: str, fixed_overrides: Iterable[str], swept_names: Iterable[str]) -> str:
    """Digest what makes two commands the same sweep, in whatever order they are typed.

    The swept keys count by name only, so that a widened grid is still the same sweep.
    """
    counted = {
        "format": _FORMAT,
        "task": task,
        "fixed": sorted(set(fixed_overrides)),
        "swept": sorted(set(swept_names)),
    }
    return _digest(canonical(counted))


@dataclass(frozen=True, slots=True)
class Difference:
    """One dotted key at which two runs differ, with both sides in canonical form."""

    key: str
    left: str
    right: str

    def __str__(self) -> str:
        return f"{self.key}: {self.left} → {self.right}"


def differences(left: Mapping[str, object], right: Mapping[str, object]) -> list[Difference]:
    """Name every key at which two nested mappings differ, in the order of their names.

    Lists are compared whole, as config keys are. A side that lacks the key says "absent".
    """
    a, b = dict(_leaves(left, "")), dict(_leaves(right, ""))
    return [
        Difference(key, a.get(key, _ABSENT), b.get(key, _ABSENT))
        for key in sorted(a.keys() | b.keys())
        if a.get(key) != b.get(key)
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:_DIGITS]


def _join(key: str, name: object) -> str:
    return f"{key}.{name}" if key else str(name)


def _without(value: object, excluded: frozenset[str], key: str) -> object:
    """Copy a container less its excluded keys; an excluded item of a list becomes None."""
    if isinstance(value, Mapping):
        return {
            name: _without(item, excluded, _join(key, name))
            for name, item in value.items()
            if _join(key, name) not in excluded
        }
    if isinstance(value, list | tuple):
        keys = [_join(key, index) for index in range(len(value))]
        return [
            None if of_item in excluded else _without(item, excluded, of_item)
            for of_item, item in zip(keys, value, strict=True)
        ]
    return value


def _leaves(value: object, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from _leaves(item, _join(key, name))
    else:
        yield key, _canonical(value, key)
