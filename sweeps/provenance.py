"""Where a run's numbers come from, beside its settings: commit, versions, BLAS kernel."""

import getpass
import platform
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path


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


def commit(folder: Path) -> Commit:
    """Read the state of the checkout that `folder` is in; an empty one where there is none."""
    try:
        head = _git(folder, "rev-parse", "HEAD").strip()
        diff = _git(folder, "diff", "HEAD")
        dirty = bool(_git(folder, "status", "--porcelain").strip())
    except (OSError, subprocess.CalledProcessError):
        return Commit()
    return Commit(head, dirty, diff)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
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
