"""A worker of a real command has imported what training needs, and little else."""

import os
from pathlib import Path

import pytest

from tests.integration.disturbed import Sweep

# Each process on this path writes down, again and again, what it has imported.
LOOKING = """
import os, sys, threading, time


def look():
    while True:
        time.sleep(0.02)
        if "popen_loky" in " ".join(sys.orig_argv):
            with open(os.path.join({folder!r}, str(os.getpid())) + ".part", "w") as file:
                file.write("\\n".join(list(sys.modules)))
            os.replace(file.name, file.name.removesuffix(".part"))


threading.Thread(target=look, daemon=True).start()
"""
HEAVY = {
    "mlflow",
    "hydra",
    "omegaconf",
    "matplotlib",
    "rich",
    "pandas",
    "scipy",
    "pydantic",
    "yaml",
}


@pytest.mark.slow
def test_a_worker_trains_without_what_it_has_no_use_for(
    tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = tmp_path / "looked"
    looked.mkdir()
    (tmp_path / "sitecustomize.py").write_text(LOOKING.format(folder=str(looked)))
    before = os.environ.get("PYTHONPATH")
    path = os.pathsep.join(filter(None, [str(tmp_path), before]))
    monkeypatch.setenv("PYTHONPATH", path)
    arguments = ("-m", "activation=tanh,relu", "epochs=40", "data.limit=4000", "sweep.workers=2")
    Sweep(tmp_path / "sweep", empty_store, arguments).run()
    workers = [set(file.read_text().splitlines()) for file in looked.iterdir()]
    trained = [modules for modules in workers if "mlp.trainer" in modules]
    assert len(trained) == 2
    for modules in trained:
        assert HEAVY.isdisjoint(modules)
        assert not {name for name in modules if name.startswith("mlp.")} & {
            "mlp.run",
            "mlp.compose",
        }
