"""What a task returned, as a journal can keep it and as MLflow can show it."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real

from sweeps.state import JSONValue


def plain(value: object) -> JSONValue:
    """Give a returned value as JSON has it: tuples become lists, NumPy's scalars Python's.

    Raises TypeError for what JSON can't say, such as an object of the task's own.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: plain(item) for key, item in value.items()}
    msg = f"a {type(value).__name__} is no number, text, list or mapping of them"
    raise TypeError(msg)


def metrics(value: JSONValue) -> dict[str, float]:
    """Name the numbers of a value: `value`, or `value_0` and so on, or `value.KEY`."""
    if isinstance(value, list):
        named = {f"value_{index}": item for index, item in enumerate(value)}
    elif isinstance(value, dict):
        named = {f"value.{key}": item for key, item in value.items()}
    else:
        named = {"value": value}
    return {
        name: float(item)
        for name, item in named.items()
        if isinstance(item, int | float) and not isinstance(item, bool)
    }
