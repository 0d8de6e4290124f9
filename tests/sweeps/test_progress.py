"""What a user sees while a sweep runs, on a terminal and in a file."""

import io
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from sweeps import progress
from sweeps.plan import Decision
from sweeps.progress import Progress, duration


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=100, color_system=None)


def text(console: Console) -> str:
    file = console.file
    assert isinstance(file, io.StringIO)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue())


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_TICK_SECONDS", 0.02)


def test_in_a_file_a_line_says_how_each_run_ended(three: Any) -> None:
    out = console(terminal=False)
    with Progress(three.plan, three.store, workers=2, problem=lambda: None, console=out):
        three.write("relu", *three.begin("relu"), *three.finish(12, 0.333333))
        wait_for(lambda: "relu" in text(out))
        three.write("tanh", *three.begin("tanh"), *three.fail(2, "the loss became nan [at 2]"))
    assert text(out).splitlines() == [
        "3 runs to train on 2 workers",
        "1/3 finished  relu  validation_loss 0.3333  12 s",
        "2/3 failed  tanh  the loss became nan [at 2]  2.5 s",
    ]


def test_in_a_file_a_heartbeat_says_how_far_it_is(
    three: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_HEARTBEAT_SECONDS", 0.1)
    out = console(terminal=False)
    with Progress(three.plan, three.store, workers=1, problem=lambda: None, console=out):
        three.write("relu", *three.begin("relu"), *three.curves(1, 12), *three.finish(12, 0.25))
        three.write("tanh", *three.begin("tanh"), *three.curves(1, 10))
        wait_for(lambda: "left" in text(out))
    beat = "1/3 finished · 1 running · 1 waiting  best validation_loss 0.25 (relu)  about"
    assert beat in text(out)


def test_on_a_terminal_a_line_for_each_worker(three: Any) -> None:
    out = console(terminal=True)
    now = int(time.time() * 1000)
    with Progress(three.plan, three.store, workers=2, problem=lambda: None, console=out):
        for name in ("tanh", "sigmoid"):
            three.write(name, *three.begin(name, now, pid=1), *three.curves(1, 7))
        three.write("relu", *three.begin("relu", now, pid=2), *three.curves(1, 3))
        wait_for(lambda: "step 3/100" in text(out) and "step 7/100" in text(out))
        three.write("relu", *three.fail(3, "no luck"))
        wait_for(lambda: "1 failed" in text(out))
    assert re.search(r"2 runs: tanh, sigmoid +\S* +step 7/100", text(out))
    assert "2/3 finished" not in text(out)
    assert re.search(r"1/3 failed  relu  no luck", text(out))


def test_what_is_waited_for_after_the_last_run_is_said(three: Any) -> None:
    out = console(terminal=True)
    with Progress(three.plan, three.store, workers=2, problem=lambda: None, console=out) as shown:
        for name in ("tanh", "sigmoid", "relu"):
            three.write(name, *three.begin(name), *three.finish(12, 0.25))
        wait_for(lambda: "3/3 finished" in text(out))
        assert "MLflow" not in text(out)
        shown.delivering()
        wait_for(lambda: "delivering to MLflow" in text(out))


def test_nothing_to_train_is_said_as_such(three: Any) -> None:
    for name in ("tanh", "sigmoid", "relu"):
        three.write(name, *three.begin(name), *three.finish(12, 0.25))
    out = console(terminal=False)
    again = three.decided(Decision.REUSE)
    with Progress(again.plan, again.store, workers=2, problem=lambda: None, console=out):
        pass
    assert text(out).splitlines() == ["nothing to train, 3 reused"]


def test_stopping_is_said_once(three: Any) -> None:
    out = console(terminal=False)
    with Progress(three.plan, three.store, workers=2, problem=lambda: None, console=out) as shown:
        shown.stopping()
        shown.stopping()
        time.sleep(0.2)
    assert text(out).count("Stopping:") == 1


def test_what_keeps_runs_from_the_store_is_said_each_time_it_begins(
    three: Any,
) -> None:
    out = console(terminal=False)
    told: list[str | None] = [None]
    with Progress(three.plan, three.store, workers=2, problem=lambda: told[0], console=out):
        for said in ("MLflow is away", None, "MLflow is away again"):
            told[0] = said
            time.sleep(0.2)
    assert [line for line in text(out).splitlines() if "away" in line] == [
        "MLflow is away",
        "MLflow is away again",
    ]


def test_a_fault_of_the_display_is_told_and_ends_only_itself(
    three: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        msg = "no columns"
        raise ValueError(msg)

    monkeypatch.setattr(progress.Standing, "update", fail)
    out = console(terminal=False)
    with Progress(three.plan, three.store, workers=2, problem=lambda: None, console=out):
        wait_for(lambda: "no columns" in text(out))
    assert "the sweep goes on" in text(out)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (1234, "20 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_times_are_written_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said
