"""How numbers are written for readers: with a real minus sign, and a dash for none."""

from __future__ import annotations

import math

from analysis.statistics import Interval

NOTHING = "–"


def number(value: float, places: int) -> str:
    """Write a number, or a dash for none."""
    return _minus(f"{value:.{places}f}") if math.isfinite(value) else NOTHING


def brief(value: float) -> str:
    """Write a number with four digits that count."""
    return _minus(f"{value:.4g}")


def signed(value: float, places: int) -> str:
    """Write a difference with its sign."""
    return _minus(f"{value:+.{places}f}") if math.isfinite(value) else NOTHING


def span(interval: Interval | None, places: int) -> str:
    """Write the ends of an interval."""
    if interval is None or not math.isfinite(interval.low):
        return NOTHING
    return _minus(f"{interval.low:.{places}f} to {interval.high:.{places}f}")


def with_half(interval: Interval, places: int) -> str:
    """Write a mean with half its interval's width."""
    if not math.isfinite(interval.mean):
        return NOTHING
    if not math.isfinite(interval.low):
        return number(interval.mean, places)
    return _minus(f"{interval.mean:.{places}f} ± {interval.half:.{places}f}")


def _minus(text: str) -> str:
    return text.replace("-", "−")
