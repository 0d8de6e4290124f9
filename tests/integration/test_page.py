"""The report's page in a real browser, wide and narrow, with an accessibility check."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_core_python.selenium import Axe
from selenium.webdriver import Chrome

from analysis.archive import write
from analysis.report import command
from analysis.runs import Bits, Curves, Run, Runs, Sweep
from tests.integration.browser import BROWSER, DRIVER, browsing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None or DRIVER is None, reason="there is no Chromium here"),
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
# What is folded away is to be looked at too.
UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true; });"
MEASURE = """
const beyond = [...document.querySelectorAll('body *')].filter(one => {
  const box = one.getBoundingClientRect();
  const scrolls = one.closest('.wide, pre, .skip, .hidden');
  return box.width > 0 && box.right > innerWidth + 1 && !scrolls;
});
return {
  width: innerWidth,
  scrolls: document.documentElement.scrollWidth - innerWidth,
  beyond: beyond.map(one => one.outerHTML.slice(0, 120)),
  drawings: [...document.querySelectorAll('.drawing svg')].map(
    one => one.getBoundingClientRect().width),
  font: parseFloat(getComputedStyle(document.body).fontSize),
};
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


@contextmanager
def seen(page: Path, width: int) -> Iterator[Chrome]:
    """Lay the page out `width` pixels wide."""
    with browsing(page.parent / "browser", width=width, height=900) as driver:
        driver.get(page.as_uri())
        driver.execute_script(UNFOLD)
        yield driver


def violations(page: Path, width: int) -> dict[str, list[str]]:
    """What axe objects to, and where: a few of the places each."""
    with seen(page, width) as driver:
        result = Axe().run(driver, options={"resultTypes": ["violations"]})
    assert len(result["passes"]) > 10
    return {
        one["id"]: [node["html"][:160] for node in one["nodes"][:3]] for one in result["violations"]
    }


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_nothing_sticks_out(page: Path, width: int) -> None:
    with seen(page, width) as driver:
        found = driver.execute_script(MEASURE)
    assert found["width"] == width
    assert found["beyond"] == []
    assert found["scrolls"] <= 0
    assert len(found["drawings"]) >= 4
    assert all(0.7 * min(width, 736) < drawing <= width for drawing in found["drawings"])
    assert found["font"] >= 16


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_axe_finds_nothing_to_object_to(page: Path, width: int) -> None:
    assert violations(page, width) == {}


def test_the_check_can_fail(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    faulty = tmp_path / "faulty.html"
    faulty.write_text(re.sub('role="img" aria-label="[^"]*"', 'role="img"', text), encoding="utf-8")
    assert "role-img-alt" in violations(faulty, DESK)
