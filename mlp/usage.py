"""What `python -m mlp.run --help` says, read from conf/ itself: its comments are the help."""

from collections.abc import Sequence
from pathlib import Path

_HEAD = """\
Train multi-layer perceptrons, written from scratch in NumPy, on Fashion-MNIST or your own data:
one run, or a whole grid of them on all cores. A comma sweeps; the same command again resumes.

usage: python -m mlp.run [-m] [KEY=VALUE[,VALUE...] ...]

examples:
  python -m mlp.run
  python -m mlp.run -m activation=tanh,sigmoid,relu
  python -m mlp.run -m learning_rate=0.02,0.05 "hidden_units=[300,100]" seed=0,1,2
"""

_FOOT = """\
more:
  sweep.dry_run=true   the plan, without training
  --cfg job            the settings that a run would have
  --hydra-help         what Hydra itself offers
"""


def usage(folders: Sequence[Path]) -> str:
    """Write the help of the configuration in the first of `folders`; the rest add options to it."""
    options: dict[str, list[Path]] = {}
    for option in (path for folder in folders for path in sorted(folder.glob("*/*.yaml"))):
        options.setdefault(option.parent.name, []).append(option)
    text = (folders[0] / "config.yaml").read_text(encoding="utf-8")
    choices = "".join(
        _choices(group, options[group], text) for group in sorted(options) if group != "hydra"
    )
    settings = _settings(text)
    return (
        f"{_HEAD}\nchoices (GROUP=OPTION):\n{choices}\nsettings (KEY=VALUE):\n{settings}\n{_FOOT}"
    )


def _choices(group: str, options: Sequence[Path], config: str) -> str:
    # Hydra wants a + before a group that has no option by default.
    prefix = "" if f"\n  - {group}: " in config else "+"
    lines = [f"    {option.stem:<20} {_summary(option)}\n" for option in options]
    return f"  {prefix}{group}=\n{''.join(lines)}"


def _summary(option: Path) -> str:
    """Give the first line of an option's file that says what it is."""
    for line in option.read_text(encoding="utf-8").splitlines():
        if line.startswith("# ") and not line.startswith(("# @package", "# python")):
            return line.removeprefix("# ")
    return ""


def _settings(text: str) -> str:
    """Give config.yaml's own settings with their comments, without Hydra's sections."""
    body = text.split("- override hydra/sweeper", 1)[-1].split("\nhydra:\n", 1)[0]
    body = body.split("\n", 1)[1] if "\n" in body else body
    return "".join(f"  {line}\n" if line else "\n" for line in body.strip("\n").split("\n"))
