"""`python -m mlp.experiments [NAME...] [KEY=VALUE...]`: run experiments one after the other.

Without a NAME it runs every experiment of conf/experiment that sweeps. Each is run as
`python -m mlp.run -m +experiment=NAME KEY=VALUE...`, so that what is finished is not trained again:
the same command goes on where it was cut short. One that fails doesn't keep the next from running.
"""

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
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        if content.get("hydra", {}).get("sweeper", {}).get("params"):
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
        try:
            ended = subprocess.run(line, check=False)
        except KeyboardInterrupt:
            # The sweep had it too, and has said how to go on with it.
            print(f"Stopped in {name}. The same command goes on from there.")
            return 130
        if ended.returncode != 0:
            failed.append(name)
    if failed:
        print(f"{len(failed)} of {len(chosen)} did not finish: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:]))
