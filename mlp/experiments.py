"""`python -m mlp.experiments [NAME...] [KEY=VALUE...]`: run experiments one after the other.

Without a NAME it runs every experiment of conf/experiment that sweeps. Each is run as
`python -m mlp.run -m +experiment=NAME KEY=VALUE...`, so that what is finished is not trained again:
the same command goes on where it was cut short. One that fails doesn't keep the next from running.
"""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from mlp.compose import folders


def sweeping(places: Sequence[Path]) -> Mapping[str, Path]:
    """Give the experiments that sweep, by name in alphabetical order; the first place counts."""
    files = [path for place in places for path in (place / "experiment").glob("*.yaml")]
    found: dict[str, Path] = {}
    for path in files:
        if _sweeps(path):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def command(arguments: Sequence[str]) -> int:
    """Run what the arguments name; return the exit code, 0 if all of it is finished."""
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return 0
    known = sweeping(folders())
    overrides = [one for one in arguments if "=" in one]
    names = [one for one in arguments if "=" not in one]
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(
            f"There is no experiment {', '.join(unknown)} that sweeps: there are"
            f" {', '.join(known)}.\nNothing was run."
        )
    chosen = names or list(known)
    failed = []
    for number, name in enumerate(chosen, 1):
        print(f"{number} of {len(chosen)}: {name}", flush=True)
        line = [sys.executable, "-m", "mlp.run", "-m", f"+experiment={name}", *overrides]
        code, stopped = _run(line)
        if stopped:
            print(f"Stopped in {name}. The same command goes on from there.")
            return 130
        if code != 0:
            failed.append(name)
    if failed:
        print(f"{len(failed)} of {len(chosen)} did not finish: {', '.join(failed)}.")
    return 1 if failed else 0


def _sweeps(path: Path) -> bool:
    """Say if an experiment's file has hydra.sweeper.params; one that can't be read ends it all."""
    try:
        section = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        sys.exit(f"{path} can't be read as YAML: {reason}.\nNothing was run.")
    for key in ("hydra", "sweeper", "params"):
        section = section.get(key) if isinstance(section, Mapping) else None
    return bool(section)


def _run(line: Sequence[str]) -> tuple[int, bool]:
    """Run a command to its end; give its exit code, and whether Ctrl-C was pressed meanwhile.

    The command has Ctrl-C too, and stops as it does: subprocess.run would kill it.
    """
    stopped = False

    def note(*_: object) -> None:  # an exception could come where Python ignores those
        nonlocal stopped
        stopped = True

    before = signal.signal(signal.SIGINT, note)
    try:
        with subprocess.Popen(line) as process:
            code = process.wait()
        return code, stopped
    finally:
        signal.signal(signal.SIGINT, before)


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:]))
