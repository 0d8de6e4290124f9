"""A job's place in Hydra's output folder, and the files of `.hydra/` in it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml
from omegaconf import DictConfig, OmegaConf, open_dict, read_write
from omegaconf._utils import OmegaConfDumper, get_omega_conf_dumper


@dataclass(frozen=True, slots=True)
class Output:
    """Where a job's output goes."""

    folder: Path
    log: Path

    @classmethod
    def of(cls, config: DictConfig) -> Self:
        """Read it off a job's whole configuration, in which it is noted as Hydra does."""
        folder = Path(str(config.hydra.sweep.dir), str(config.hydra.sweep.subdir)).absolute()
        with read_write(config.hydra.runtime), open_dict(config.hydra.runtime):
            config.hydra.runtime.output_dir = str(folder)
        return cls(folder, folder / f"{config.hydra.job.name}.log")

    def save(self, config: DictConfig) -> None:
        """Write what Hydra writes for a job that it runs itself."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if config.hydra.output_subdir is None:
            return
        place = self.folder / config.hydra.output_subdir
        place.mkdir(exist_ok=True)
        whole = OmegaConf.to_container(config, resolve=False, enum_to_str=True)
        if not isinstance(whole, dict):  # pragma: no cover - for the type checker
            raise TypeError(whole)
        hydra = whole.pop("hydra")
        for name, part in (
            ("config.yaml", whole),
            ("hydra.yaml", {"hydra": hydra}),
            ("overrides.yaml", hydra["overrides"]["task"]),
        ):
            (place / name).write_text(_yaml(part), encoding="utf-8")


def _yaml(container: Any) -> str:
    """Write what `OmegaConf.to_yaml` does, by libyaml where it is there: three times as fast."""
    text: str = yaml.dump(
        container,
        default_flow_style=False,
        allow_unicode=True,
        sort_keys=False,
        Dumper=_DUMPER,
    )
    return text


def _dumper() -> Any:
    usual = get_omega_conf_dumper()
    if not yaml.__with_libyaml__:
        return usual
    # Quotes the strings that OmegaConf would read as something else.
    fast: Any = type("FastOmegaConfDumper", (yaml.CDumper,), {})
    fast.add_representer(str, OmegaConfDumper.str_representer)
    return fast


_DUMPER = _dumper()
