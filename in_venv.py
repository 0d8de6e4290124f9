"""Run a Python command in this checkout's own virtual environment, made on first use.

    python3 in_venv.py -m mlp.run -m activation=tanh,sigmoid,relu
    python3 in_venv.py -m pytest

One line that reads the same in bash, zsh and PowerShell, with nothing installed but Python and git.
The environment is .venv beside this file, or the folder that SWEEPSTACK_VENV names. It is brought
up to date whenever pyproject.toml has changed.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent


def environment() -> Path:
    """Name the folder of the virtual environment."""
    return Path(os.environ.get("SWEEPSTACK_VENV") or CHECKOUT / ".venv").absolute()


def interpreter(folder: Path) -> Path:
    """Name the Python of a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def prepare(folder: Path) -> None:
    """Make the environment, with this checkout and what its tests need, unless it is there.

    Raises CalledProcessError when pip, which has said why, could not install.
    """
    stamp = folder / "sweepstack-installed"
    wanted = hashlib.sha256((CHECKOUT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return
    print(f"Installing into {folder}: a few minutes, once.", file=sys.stderr)
    if not stamp.exists():
        venv.create(folder, with_pip=True)
    pip = [str(interpreter(folder)), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--editable", f"{CHECKOUT}[test]"], check=True)
    stamp.write_text(wanted, encoding="ascii")


def main() -> int:
    """Prepare the environment and run what the command line says, in the current folder."""
    if sys.version_info < (3, 11):
        return _refuse(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    if len(sys.argv) == 1:
        return _refuse(f"{__doc__}")
    folder = environment()
    try:
        prepare(folder)
    except subprocess.CalledProcessError as error:
        if "ensurepip" in map(str, error.cmd):
            return _refuse(
                "This Python can't make virtual environments: on Debian and Ubuntu,"
                " apt install python3-venv."
            )
        return _refuse(f"Nothing was run: pip could not install this checkout into {folder}.")
    try:
        return subprocess.run([interpreter(folder), *sys.argv[1:]], check=False).returncode
    except KeyboardInterrupt:
        return 130


def _refuse(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
