"""A single run on a terminal: the display moves, leaves nothing behind, and the table stays."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="needs a POSIX terminal")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def test_a_run_on_a_terminal_shows_how_it_goes_and_ends_with_its_table(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "mlp.run", "data.limit=2000", "epochs=3"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 65536):
            said += piece
    except OSError:  # what Linux says when the other end is closed
        pass
    finally:
        os.close(ours)
        process.kill()
        process.wait()
    shown = said.decode()
    assert process.returncode == 0, shown
    # What moves is erased again, and the cursor is given back.
    moving, _, stays = shown.rpartition("\x1b[?25h")
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1
    assert "1/1 finished" in moving
    assert "delivering to MLflow" in moving
    lines = [ESCAPE.sub("", line).rstrip() for line in stays.splitlines()]
    table = [line for line in lines if line]
    assert table[0] == "1 run"
    heading = r" run +validation_loss +best_epoch +test_accuracy % +test_loss +seconds +state"
    assert re.fullmatch(heading, table[1])
    assert re.fullmatch(r" seed=0( +[\d.]+){5} +finished", table[2])
    assert table[3].startswith("Curves:  mlflow ui --backend-store-uri")
    assert len(table) == 5
