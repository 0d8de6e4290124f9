"""The wheel, installed where there is no checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("mlp", "sweeps", "analysis", "conf", "pyproject.toml", "README.md", "LICENSE")

MINE = """\
report:
  title: A section of one's own
  section: 1
  select: {data.limit: 512}
  grid: {activation: [tanh, relu]}
  metrics: [{name: test_accuracy, percent: true}]
"""

pytestmark = pytest.mark.slow


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _done(command: list[str | Path], cwd: Path) -> str:
    ended = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it from a copy, so that neither old builds get in nor new ones stay."""
    source = tmp_path_factory.mktemp("source")
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name,
                source / name,
                ignore=shutil.ignore_patterns("__pycache__", "conf") if name != "conf" else None,
            )
        else:
            shutil.copy(ROOT / name, source / name)
    _done([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", "dist", "."], source)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment of the wheel, and of this one's third-party packages by a .pth file.

    Python doesn't read the .pth files of a folder that came by one, so that this environment's
    editable install of the checkout is not seen there.
    """
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", _python(folder)]
    _done([*pip, "install", "-q", "--no-deps", wheel], folder)
    ask = [_python(folder), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(_done(ask, folder).strip())
    (site / "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return folder


def test_it_holds_the_packages_and_no_conf_or_tests_beside_them(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as held:
        names = held.namelist()
        (entries,) = [name for name in names if name.endswith(".dist-info/entry_points.txt")]
        assert held.read(entries).decode().count("hydra_plugins.sweepstack:Sweepstack") == 2
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"mlp", "sweeps", "analysis", "hydra_plugins"}
    assert "hydra_plugins/__init__.py" not in names
    for path in (ROOT / "conf").rglob("*.yaml"):
        assert f"mlp/conf/{path.relative_to(ROOT / 'conf').as_posix()}" in names
    code = ("mlp/**/*.py", "sweeps/*.py", "analysis/**/*.py", "analysis/templates/*")
    for path in [path for pattern in code for path in ROOT.glob(pattern)]:
        assert path.relative_to(ROOT).as_posix() in names


def test_a_sweep_runs_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    python = _python(installed)
    where = _done(
        [python, "-c", "import mlp, sweeps; print(mlp.__file__, sweeps.__file__)"], tmp_path
    )
    assert where.count(str(installed)) == 2, "the wheel's, not the checkout's"
    command = ["-m", "mlp.run", "-m", "activation=tanh,relu", "data.limit=512", "epochs=1"]
    told = _done([python, *command], tmp_path)
    assert "2 runs" in told
    assert {path.name for path in tmp_path.iterdir()} == {
        ".sweeps",
        "mlflow.db",
        "mlruns",
        "multirun",
    }
    own = tmp_path / "conf" / "experiment"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text(MINE, encoding="utf-8")
    _done([python, "-m", "analysis.report"], tmp_path)
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert "| [tanh](#runs-mine-tanh) | 1 |" in text, "one's own section"
    assert "## 5 Activation" in text, "and those that are installed"
