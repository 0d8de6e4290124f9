"""Fashion-MNIST from Debian's package, fetched and unpacked by its own tools, without root.

apt checks the package's signature; its lists, cache and lock lie in a folder of ours.
"""

import logging
import os
import shutil
import subprocess
from pathlib import Path

from mlp.datasets.errors import UnavailableError

PACKAGE = "dataset-fashion-mnist"
INSIDE = Path("usr/share/datasets/fashion-mnist")
STEP_SECONDS = 300.0
log = logging.getLogger(__name__)


def fetch(folder: Path) -> None:
    """Put the package's four files, unchecked, into `folder`. Raises UnavailableError."""
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            msg = f"there is no {tool} on this machine"
            raise UnavailableError(msg)
    log.info("fetching Debian's package %s (31 MB)", PACKAGE)
    lists, cache = folder / "lists", folder / "apt"
    for place in (lists / "partial", cache / "archives" / "partial"):
        place.mkdir(parents=True)
    options = [
        f"Dir::State::Lists={lists}",
        f"Dir::Cache={cache}",
        "APT::Sandbox::User=root",  # root would else turn into a user who can't write here
        "Acquire::http::Timeout=10",
        "Acquire::https::Timeout=10",
        "Acquire::Retries=1",
    ]
    apt_get = ["apt-get", "-q", *(part for option in options for part in ("-o", option))]
    _run([*apt_get, "update"], folder)
    _run([*apt_get, "download", PACKAGE], folder)
    packages = list(folder.glob(f"{PACKAGE}_*.deb"))
    if not packages:
        msg = f"apt-get download brought no {PACKAGE}"
        raise UnavailableError(msg)
    _run(["dpkg-deb", "-x", str(packages[0]), str(folder / "unpacked")], folder)
    for path in (folder / "unpacked" / INSIDE).glob("*-ubyte.gz"):
        os.replace(path, folder / path.name)


def _run(command: list[str], folder: Path) -> None:
    environment = os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    step = f"{command[0]} {command[-2] if PACKAGE in command else command[-1]}"
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=STEP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        msg = f"{step} took more than {STEP_SECONDS:g} s"
        raise UnavailableError(msg) from fault
    except OSError as fault:
        msg = f"{step} can't be run: {fault.strerror}"
        raise UnavailableError(msg) from fault
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        errors = [line for line in lines if line.startswith("E:")] or lines or ["no reason given"]
        msg = f"{step} failed: {errors[0]}"
        raise UnavailableError(msg)
