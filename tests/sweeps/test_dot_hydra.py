"""The files of .hydra/ are, to the letter, those that Hydra would write."""

from pathlib import Path

import pytest
import yaml
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import OmegaConf, open_dict

from mlp.compose import CONF
from sweeps import dot_hydra
from sweeps.composer import as_written
from sweeps.dot_hydra import Output

STRINGS = ("1e5", "yes", "null", "~", "012", "a: b", "é", "", " x", "long " * 60, "${l2}", "- a")


@pytest.mark.parametrize("with_libyaml", [True, False])
def test_the_files_are_hydras_to_the_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, with_libyaml: bool
) -> None:
    if with_libyaml and not yaml.__with_libyaml__:
        pytest.skip("PyYAML is without libyaml here")
    monkeypatch.setattr(yaml, "__with_libyaml__", with_libyaml)
    monkeypatch.setattr(dot_hydra, "_DUMPER", dot_hydra._dumper())
    with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        master = loader.load_configuration("config", [], RunMode.MULTIRUN)
        config = loader.load_sweep_config(master, ["l2=0.1", "seed=3"])
    with open_dict(config):
        config.strings = list(STRINGS)
        config.hydra.job.num = 4
        config.hydra.sweep.dir = str(tmp_path)
    output = Output.of(config)
    output.save(as_written(config))
    assert output.folder == tmp_path / "4"
    assert output.log == tmp_path / "4" / f"{config.hydra.job.name}.log"
    hydra = OmegaConf.masked_copy(config, ["hydra"])
    task = OmegaConf.masked_copy(config, [key for key in config if key != "hydra"])
    written = {path.name: path.read_text("utf-8") for path in (tmp_path / "4/.hydra").iterdir()}
    assert written == {
        "config.yaml": OmegaConf.to_yaml(task),
        "hydra.yaml": OmegaConf.to_yaml(hydra),
        "overrides.yaml": "- l2=0.1\n- seed=3\n",
    }
    assert OmegaConf.load(tmp_path / "4/.hydra/config.yaml").strings == task.strings


def test_an_app_without_output_subdir_gets_its_folder_only(tmp_path: Path) -> None:
    with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        master = loader.load_configuration("config", ["hydra.output_subdir=null"], RunMode.MULTIRUN)
        config = loader.load_sweep_config(master, [f"hydra.sweep.dir={tmp_path}"])
    with open_dict(config):
        config.hydra.job.num = 0
    Output.of(config).save(as_written(config))
    assert list((tmp_path / "0").iterdir()) == []
