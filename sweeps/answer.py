"""The answer to a sweep on the terminal: the table, the failures, and how to see the curves."""

from __future__ import annotations

import socket

from rich.console import Console
from rich.text import Text

from sweeps.results import Result, Results
from sweeps.state import RunState
from sweeps.table import groups_table, runs_table
from sweeps.uris import is_server

_LONG = 50
_SHOWN_OF_LONG = 20
_UI_PORT = 5000
_FAULTS_SHOWN = 20
# MLflow 3 opens on its pages for language models, which show nothing of runs.
_IN_THE_UI = "In the UI: Model training (top left), the experiment, and + beside a sweep."


def show(results: Results, console: Console, uri: str, one_seed: str) -> None:
    """Print the answer: the table, the failures, and how to see the curves.

    `one_seed` is what the task tells a user whose sweep has a single seed.
    """
    table = groups_table(results) if results.seeds_swept else runs_table(results)
    shown = len(table.rows) if len(table.rows) <= _LONG else _SHOWN_OF_LONG
    console.print()
    drawn = table.rich(shown, console)
    console.print(drawn, width=drawn.width, crop=False)
    if shown < len(table.rows):
        count = len(table.rows)
        console.print(
            Text(f"The best {shown} of {count}; all are in the sweep's own run in MLflow.")
        )
    if one_seed and not results.seeds_swept and len(results.ranked) > 1:
        # On a terminal whole words are wrapped; a file or a pipe has no width.
        console.print(Text(one_seed, style="dim"), soft_wrap=not console.is_terminal)
    _show_faults(results, console)
    console.print()
    console.print(Text(f"Curves:  {ui_command(uri)}"), soft_wrap=True)
    console.print(Text(_IN_THE_UI, style="dim"), soft_wrap=not console.is_terminal)


def ui_command(uri: str) -> str:
    """Say how to open the store in a browser: a server's link, or a command that starts one."""
    if is_server(uri):
        return uri
    return f'mlflow ui --backend-store-uri "{uri}" --port {free_port()}'


def free_port(first: int = _UI_PORT) -> int:
    """Give a port of this machine that nobody listens at, MLflow's own if it can be had."""
    for wished in (first, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", wished))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return first


def _show_faults(results: Results, console: Console) -> None:
    faults = [one for one in results.ranked if one.state is not RunState.FINISHED]
    if faults:
        console.print()
    for one in faults[:_FAULTS_SHOWN]:
        console.print(_fault(one), soft_wrap=True)
    if len(faults) > _FAULTS_SHOWN:
        console.print(Text(f"and {len(faults) - _FAULTS_SHOWN} more that are not finished"))


def _fault(result: Result) -> Text:
    style = "red" if result.state is RunState.FAILED else "yellow"
    line = Text.assemble((str(result.state), style), f"  {result.job.name}")
    if result.reason:
        line.append(f": {result.reason}")
    if result.log:
        line.append(f"\n        log: {result.log}", style="dim")
    return line
