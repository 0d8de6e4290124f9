"""Everything that is wrong with a command line's overrides, told at once.

Hydra stops at the first override that it can't compose. So before it is asked, every value of
every override is tried by itself: is there such a setting, such a choice, such a type, and is it in
range? What only Hydra can judge is left to it, and what depends on several settings to the plan.
"""

import dataclasses
import pickle
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mlp.compose import Schema
from mlp.config import faults, from_settings


def check(overrides: Sequence[str], conf: Sequence[Path]) -> list[str]:
    """Say what is wrong with `overrides`, one sentence each; `conf` have the groups' options."""
    found: dict[str, None] = {}
    for line in overrides:
        try:
            override = _parser().parse_override(line)
        except HydraException as error:
            found[f"{line} can't be read as KEY=VALUE: {str(error).splitlines()[0]}"] = None
            continue
        found |= dict.fromkeys(_wrong(override, conf))
    return list(found)


def _wrong(override: Override, conf: Sequence[Path]) -> Iterator[str]:
    key = override.key_or_group
    if key.split(".")[0].split("/")[0] == "hydra" or override.is_delete():
        return
    options = sorted(path.stem for folder in conf for path in (folder / key).glob("*.yaml"))
    swept = override.is_sweep_override()
    if swept and not override.is_discrete_sweep():
        return
    texts = override.sweep_string_iterator() if swept else [override.get_value_element_as_str()]
    values = override.sweep_iterator() if swept else [override.value()]
    for text, value in zip(texts, values, strict=True):
        if options:
            if text not in (*options, "null"):
                yield f"{key}={text} is not allowed: {key} is one of {', '.join(options)}"
        elif not override.is_add() or OmegaConf.select(_defaults(), key) is not None:
            yield from _wrong_value(key, text, value)


def _wrong_value(key: str, text: str, element: object) -> Iterator[str]:
    settings = _defaults()
    known = _known()
    if key not in known and not isinstance(OmegaConf.select(settings, key), DictConfig):
        near = get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "python -m mlp.run --help lists them"
        yield f"{key}={text} is not allowed: there is no setting {key}; {hint}"
        return
    # A number is what it says; a string may be quoted, or more than one.
    is_number = isinstance(element, int | float)
    value = element if is_number else _parser().parse_override(f"{key}={text}").value()
    if isinstance(value, str) and "${" in value:
        return
    try:
        OmegaConf.update(settings, key, value)
        plain = OmegaConf.to_container(settings, resolve=True)
    except OmegaConfBaseException as error:
        yield f"{key}={text} is not allowed: {str(error).splitlines()[0]}"
        return
    if isinstance(plain, dict):
        # A fault of another key is of another override, which is tried by itself.
        for fault in faults(from_settings({str(name): part for name, part in plain.items()})):
            if fault.startswith(f"{key}="):
                yield fault


@cache
def _parser() -> OverridesParser:
    return OverridesParser.create()


def _defaults() -> DictConfig:
    """Give the defaults, of one's own to change."""
    made: DictConfig = pickle.loads(_pickled_defaults())  # noqa: S301 - our own
    return made


@cache
def _pickled_defaults() -> bytes:
    # Making the schema anew takes 8 ms, a deep copy 1, this 0.1: there may be thousands of values.
    settings: DictConfig = OmegaConf.structured(Schema)
    OmegaConf.set_struct(settings, value=True)
    return pickle.dumps(settings)


@cache
def _known() -> tuple[str, ...]:
    return tuple(_dotted(Schema()))


def _dotted(section: object, above: str = "") -> Iterator[str]:
    """Give the dotted key of every setting of a dataclass."""
    if not dataclasses.is_dataclass(section):
        return
    for key in (field.name for field in dataclasses.fields(section)):
        value = getattr(section, key)
        if dataclasses.is_dataclass(value):
            yield from _dotted(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"
