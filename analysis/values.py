"""What a param's text means: MLflow gives every param back as a string."""

from __future__ import annotations

import json
import math

Meaning = bool | float | str | tuple["Meaning", ...] | None

_WORDS: dict[str, Meaning] = {
    "true": True,
    "false": False,
    "none": None,
    "null": None,
}


def meaning(value: object) -> Meaning:
    """Give the one form that values of equal meaning share: 50, 50.0 and "50" are the number 50.

    Lists become tuples, whether they are given as lists or written as "[47, 47]". Text that is
    nothing else stands for itself.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, list | tuple):
        return tuple(meaning(item) for item in value)
    text = str(value).strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        number = float(text)
    except ValueError:
        return _list(text)
    return number if math.isfinite(number) else text


def _list(text: str) -> Meaning:
    if text.startswith("["):
        try:
            return meaning(json.loads(text))
        except ValueError:
            pass
    return text


def said(value: object) -> str:
    """Write a value as a table shows it: numbers at their shortest, lists with hyphens."""
    plain = meaning(value)
    if isinstance(plain, tuple):
        return "-".join(said(item) for item in plain)
    if plain is None:
        return "none"
    if isinstance(plain, bool):
        return str(plain).lower()
    return f"{plain:g}" if isinstance(plain, float) else plain


def order(value: object) -> tuple[int, float, str]:
    """Sort numbers by size, before words."""
    plain = meaning(value)
    if isinstance(plain, float):
        return 0, plain, ""
    if isinstance(plain, tuple):
        numbers = [item for item in plain if isinstance(item, float)]
        return 0, math.prod(numbers) if numbers else 0.0, said(plain)
    return 1, 0.0, said(plain)
