"""Tables of text: of a plan, of the runs of a sweep, and of its settings over their seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from sweeps.results import Group, Result, Results, Spread
from sweeps.task import Column

# Floats hold whole numbers exactly up to here.
_WHOLE = 2**53
_NO_LIMIT = 1000


@dataclass(frozen=True)
class Table:
    """Cells of text: `settings` columns that say which run, the others what came of it."""

    title: str
    settings: tuple[str, ...]
    figures: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def rich(self, rows: int, console: Console) -> RichTable:
        """Draw the first so many rows; headings too wide for the terminal break after their _."""
        drawn = self._drawn(rows, self.settings, self.figures)
        needed = Measurement.get(console, console.options.update(max_width=_NO_LIMIT), drawn)
        if needed.maximum <= console.width:
            return drawn
        if not console.is_terminal:
            # A file or a pipe has no width: a line for each row, whatever its length.
            drawn.width = needed.maximum
            return drawn
        broken = [[h.replace("_", "_\n") for h in part] for part in (self.settings, self.figures)]
        return self._drawn(rows, *broken)

    def _drawn(self, rows: int, settings: Sequence[str], figures: Sequence[str]) -> RichTable:
        drawn = RichTable(title=self.title, title_justify="left", header_style="bold", box=None)
        for heading in settings:
            drawn.add_column(Text(heading), overflow="fold")
        for heading in figures:
            drawn.add_column(Text(heading), justify="right", overflow="fold")
        for row in self.rows[:rows]:
            drawn.add_row(*(Text(cell) for cell in row))
        return drawn

    def markdown(self) -> str:
        """Write all rows as a Markdown table."""
        rules = ["---"] * len(self.settings) + ["--:"] * len(self.figures)
        rows = [(*self.settings, *self.figures), rules, *self.rows]
        lines = ["| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in rows]
        return f"**{self.title}**\n\n" + "\n".join(lines) + "\n"


def runs_table(results: Results) -> Table:
    """Give a row for each run."""
    swept = tuple(dict.fromkeys(key for one in results.ranked for key in one.job.swept))
    columns = results.launch.columns
    value_name = _value_name(results)
    figures = (
        value_name,
        *(_heading(column) for column in columns),
        "seconds",
        "state",
    )
    rows = [
        (
            *(_setting(one, swept)),
            number(one.value),
            *(_figure(one.metrics.get(column.metric), column) for column in columns),
            "" if one.seconds is None else f"{one.seconds:.1f}",
            f"{one.state}{' (reused)' if one.job.reused else ''}",
        )
        for one in results.ranked
    ]
    title = "1 run" if len(rows) == 1 else f"{len(rows)} runs, best {value_name} first"
    return Table(title, _setting_headings(swept), figures, tuple(rows))


def groups_table(results: Results) -> Table:
    """Give a row for each setting: how many seeds finished, and the mean and range over them."""
    columns = results.launch.columns
    settings = results.settings
    value_name = _value_name(results)
    figures = ("n", value_name, *(_heading(column) for column in columns))
    rows = [
        (
            *_setting(group.results[0], settings),
            _finished(group),
            _spread(group.value, Column(value_name)),
            *(_spread(group.metric(column.metric), column) for column in columns),
        )
        for group in results.groups()
    ]
    settings_said = "1 setting over its" if len(rows) == 1 else f"{len(rows)} settings over their"
    title = f"{settings_said} seeds: mean (min–max), best {value_name} first"
    return Table(title, _setting_headings(settings), figures, tuple(rows))


def _value_name(results: Results) -> str:
    names = dict.fromkeys(one.job.value_name for one in results.ranked)
    return " or ".join(names) or "value"


def _heading(column: Column) -> str:
    return f"{column.metric} %" if column.percent else column.metric


def _setting_headings(swept: Sequence[str]) -> tuple[str, ...]:
    return tuple(swept) or ("run",)


def _setting(result: Result, swept: Sequence[str]) -> tuple[str, ...]:
    """Give a run's values of the swept keys, or its name if there are none."""
    if not swept:
        return (result.job.name,)
    return tuple(result.job.swept.get(key, "") for key in swept)


def _figure(value: float | None, column: Column) -> str:
    if value is None:
        return ""
    return f"{100 * value:.2f}" if column.percent else number(value)


def _finished(group: Group) -> str:
    spread = group.value
    finished = spread.count if spread else 0
    return (
        str(finished) if finished == len(group.results) else f"{finished} of {len(group.results)}"
    )


def _spread(spread: Spread | None, column: Column) -> str:
    if spread is None:
        return ""
    mean, least, most = (_figure(x, column) for x in (spread.mean, spread.least, spread.most))
    return mean if least == most else f"{mean} ({least}–{most})"


def number(value: float | None) -> str:
    """Write a number to four significant digits, a whole one in full."""
    if value is None:
        return ""
    if value.is_integer() and abs(value) < _WHOLE:
        return str(int(value))
    return f"{value:#.4g}"
