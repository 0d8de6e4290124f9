"""The report's page in a real browser, wide and narrow, with an accessibility check.

Chromium runs without a window and without a driver: the page is put into a frame as wide as a desk
or a phone, a script measures it and writes what it found into the title, which --dump-dom shows.
"""

import html
import json
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.archive import write
from analysis.report import command
from analysis.runs import Bits, Curves, Run, Runs, Sweep
from tests.integration.browser import BROWSER, laid_out

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here"),
]
DESK, PHONE = 1280, 375

EXPERIMENT = """\
# python train.py -m +experiment=rates
report:
  title: Rates
  section: 1
  reading: faithful
  question: Which rate?
  seeds: [0, 1, 2, 3, 4, 5, 6, 7]
  select: {}
  grid: {rate: [0.1, 0.2, 0.3], width: [10, 20]}
  cells: [{name: the paper's, where: {rate: 0.2, width: 10}, published: {test_accuracy: 85}}]
  metrics:
    - {name: test_accuracy, percent: true, better: higher}
    - {name: validation_loss, better: lower}
  figures:
    - {kind: curves, title: Curves, panels: [{label: Loss, validation: validation_loss}]}
    - {kind: points, title: Points}
    - {kind: heat, title: Heat, x: rate, y: width}
    - {kind: lines, title: Lines, x: rate, by: width}
  claims:
    - {id: best, sentence: The middle is best., kind: best, cell: the paper's}
    - {id: untold, sentence: It is easy., kind: untestable, note: It says not for whom.}
"""
# Runs in the outer page, when all is laid out.
SCRIPT = """
const inner = document.querySelector('iframe').contentWindow, page = inner.document;
const beyond = [...page.querySelectorAll('body *')].filter(one => {
  const box = one.getBoundingClientRect();
  const scrolls = one.closest('.wide, pre, .skip, .hidden');
  return box.width > 0 && box.right > inner.innerWidth + 1 && !scrolls;
});
const found = {
  width: inner.innerWidth,
  scrolls: page.documentElement.scrollWidth - inner.innerWidth,
  beyond: beyond.map(one => one.outerHTML.slice(0, 120)),
  drawings: [...page.querySelectorAll('.drawing svg')].map(
    one => one.getBoundingClientRect().width),
  font: parseFloat(inner.getComputedStyle(page.body).fontSize),
};
const done = more => { document.title = JSON.stringify({...found, ...more}); };
if (inner.axe) inner.axe.run(page, {resultTypes: ['violations']}).then(
  result => done({violations: result.violations.map(one =>
    [one.id, one.help, one.nodes.slice(0, 3).map(node => node.html.slice(0, 160))])}),
  error => done({violations: [String(error)]}));
else done({});
"""


class Kept:
    """Curves and bits of runs that were made up."""

    def curves(self, runs: Any) -> list[Curves]:
        epoch = np.arange(1, 9, dtype=np.float32)
        return [{"epoch": epoch, "validation_loss": 1 / epoch} for _ in runs]

    def correct(self, runs: Any, name: str) -> list[Bits | None]:
        return [np.arange(200) < round(200 * run.metrics["test_accuracy"]) for run in runs]

    def table(self, name: str) -> str | None:
        return None


def runs() -> Runs:
    made = [
        Run(
            run_id=f"{seed}{rate}{width}".replace(".", "").ljust(32, "0"),
            name=f"rate {rate}",
            experiment="made",
            status="FINISHED",
            start_ms=seed,
            params={"rate": rate, "width": width, "seed": str(seed)},
            metrics={
                "test_accuracy": 0.8 + seed / 200 + float(rate) / 10,
                "validation_loss": 0.125,
                "best_epoch": 6.0,
            },
            tags={
                "sweeps.sweep": "s",
                "sweeps.code": "1" * 16,
                "mlflow.source.git.commit": "2" * 40,
            },
        )
        for seed in range(8)
        for rate in ("0.1", "0.2", "0.3", "0.4")
        for width in ("10", "20")
    ]
    return Runs(made, [Sweep("s", "rates", "python train.py -m rate=0.1,0.2", "p")], Kept())


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    (folder / "experiments").mkdir()
    (folder / "experiments" / "rates.yaml").write_text(EXPERIMENT, encoding="utf-8")
    write(folder / "records.zip", runs(), ["test"], {})
    told = ["--from", folder / "records.zip", "--experiments", folder / "experiments"]
    command([*map(str, told), "--out", str(folder / "report"), "--workers", "1"])
    return folder / "report" / "report.html"


def axe() -> str:
    """Give the checker's script, which a package for Python carries; nothing without it."""
    spec = find_spec("axe_core_python")
    places = spec.submodule_search_locations if spec is not None else None
    return Path(places[0], "axe.min.js").read_text(encoding="utf-8") if places else ""


def seen(page: Path, width: int, *, check: str = "") -> Mapping[str, Any]:
    """Lay the page out `width` pixels wide, and give what SCRIPT found."""
    text = page.read_text(encoding="utf-8")
    # What is folded away is to be looked at too.
    text = text.replace("<details>", "<details open>")
    text = text.replace("</body>", f"<script>{check}</script></body>")
    outer = page.with_name(f"frame-{width}.html")
    outer.write_text(
        f'<!doctype html><meta charset="utf-8"><title>not yet</title>'
        f'<iframe width="{width}" height="900" style="border:0" srcdoc="{html.escape(text)}">'
        "</iframe>"
        f"<script>addEventListener('load', () => {{ {SCRIPT} }});</script>",
        encoding="utf-8",
    )
    shown = laid_out(outer.as_uri(), page.parent / "browser")
    title = re.search(r"<title>(.*?)</title>", shown, re.DOTALL)
    assert title is not None
    found: Mapping[str, Any] = json.loads(html.unescape(title[1]))
    return found


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_nothing_sticks_out(page: Path, width: int) -> None:
    found = seen(page, width)
    assert found["width"] == width
    assert found["beyond"] == []
    assert found["scrolls"] <= 0
    assert len(found["drawings"]) >= 4
    assert all(0.7 * min(width, 736) < drawing <= width for drawing in found["drawings"])
    assert found["font"] >= 16


@pytest.mark.skipif(not axe(), reason="the package axe-core-python is not installed")
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_axe_finds_nothing_to_object_to(page: Path, width: int) -> None:
    assert seen(page, width, check=axe())["violations"] == []


@pytest.mark.skipif(not axe(), reason="the package axe-core-python is not installed")
def test_the_check_can_fail(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    faulty = tmp_path / "faulty.html"
    faulty.write_text(re.sub('role="img" aria-label="[^"]*"', 'role="img"', text), encoding="utf-8")
    violations = seen(faulty, DESK, check=axe())["violations"]
    assert "role-img-alt" in {name for name, *_ in violations}
