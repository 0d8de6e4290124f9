"""A job's place in Hydra's output folder, and the files of `.hydra/` in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import yaml
from omegaconf import DictConfig, open_dict, read_write
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

    def save(self, whole: Mapping[str, Any]) -> None:
        """Write what Hydra writes for a job that it runs itself.

        `whole` is the job's whole configuration as written, in which this place is noted.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        hydra = whole["hydra"]
        if hydra["output_subdir"] is None:
            return
        place = self.folder / hydra["output_subdir"]
        place.mkdir(exist_ok=True)
        task = {key: part for key, part in whole.items() if key != "hydra"}
        # Of Hydra's own section little differs between jobs, and to write YAML is what takes time.
        sections = [_section(key, _Same(part)) for key, part in hydra.items()]
        for name, text in (
            ("config.yaml", _yaml(task)),
            ("hydra.yaml", "\n".join(["hydra:", *sections, ""])),
            ("overrides.yaml", _yaml(hydra["overrides"]["task"])),
        ):
            (place / name).write_text(text, encoding="utf-8")


class _Same:
    """A part of a configuration, equal to another that is written alike."""

    def __init__(self, part: Any) -> None:
        self.part = part
        self._written = repr(part)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._written == other._written

    def __hash__(self) -> int:
        return hash(self._written)


@lru_cache(maxsize=256)
def _section(key: str, same: _Same) -> str:
    """Write a part of Hydra's section as it stands in the whole, without the line above it."""
    return _yaml({"hydra": {key: same.part}}).partition("\n")[2].rstrip("\n")


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
