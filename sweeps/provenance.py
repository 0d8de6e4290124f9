"""Where a run's numbers come from, beside its settings: commit, versions, BLAS kernel."""

import getpass
import json
import os
import platform
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

from sweeps.fingerprint import Source, is_installed


@dataclass(frozen=True)
class Commit:
    """A checkout's state; `commit` is empty outside of git, `diff` is what differs from it."""

    commit: str = ""
    dirty: bool = False
    diff: str = ""

    def tags(self) -> dict[str, str]:
        """As MLflow tags: the commit under MLflow's own name for it."""
        if not self.commit:
            return {}
        return {"mlflow.source.git.commit": self.commit, "git.dirty": str(self.dirty).lower()}


def commit(source: Source) -> Commit:
    """Read the state of the checkout that a task's code is in, wherever the process runs.

    Installed code has the commit that its distribution says it was made from (PEP 610). Code
    without a file, outside of git or ignored by it has none.
    """
    if not source.path:
        return Commit()
    root = source.roots[0]
    if is_installed(root):
        return Commit(_installed_from(Path(source.path), root))
    folder, file = os.path.split(source.path)
    try:
        if _git(folder, "ls-files", "--others", "--ignored", "--exclude-standard", "--", file):
            return Commit()
        head = _git(folder, "rev-parse", "HEAD").strip()
        diff = _git(folder, "diff", "HEAD")
        dirty = bool(_git(folder, "status", "--porcelain").strip())
    except (OSError, subprocess.CalledProcessError):
        return Commit()
    return Commit(head, dirty, diff)


def _installed_from(file: Path, root: str) -> str:
    """Give the commit that the distribution with the file was made from, or an empty text."""
    for found in distributions(path=[root]):
        written = found.read_text("direct_url.json")
        if written is None:
            continue
        origin = json.loads(written).get("vcs_info", {})
        if origin.get("vcs") == "git" and any(
            Path(str(found.locate_file(one))) == file for one in found.files or ()
        ):
            return str(origin["commit_id"])
    return ""


def _git(folder: str, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", folder, *arguments],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    return done.stdout


@cache
def versions(
    names: tuple[str, ...] = ("numpy", "hydra-core", "joblib", "mlflow"),
) -> dict[str, str]:
    """Give the version of Python and of each distribution that is installed."""
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def installed() -> str:
    """List every installed distribution as NAME==VERSION, a line each."""
    return "\n".join(sorted({f"{found.name}=={found.version}" for found in distributions()})) + "\n"


def user() -> str:
    """Name the user of this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user in a container
        return "unknown"


@cache
def blas_kernels() -> str:
    """Name the BLAS libraries loaded in this process and the kernels they chose."""
    from threadpoolctl import threadpool_info

    found = {
        " ".join(str(library.get(key)) for key in ("internal_api", "version", "architecture"))
        for library in threadpool_info()
        if library.get("user_api") == "blas"
    }
    return ", ".join(sorted(found)) or "none"
