"""Folders on network file systems, where locks and SQLite can't be relied on."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

_NETWORK = (
    "nfs",
    "cifs",
    "smb",
    "afs",
    "9p",
    "ceph",
    "lustre",
    "gpfs",
    "beegfs",
    "gluster",
    "sshfs",
)


class Mount(NamedTuple):
    """A file system: where it is mounted, and of which kind."""

    mountpoint: str
    fstype: str


def mounts() -> list[Mount]:
    """Give what is mounted on this machine."""
    return [Mount(one.mountpoint, one.fstype) for one in psutil.disk_partitions(all=True)]


def network_kind(path: Path, mounted: Iterable[Mount]) -> str:
    """Give the kind of network file system that `path` lies on; empty for a local one."""
    above = {str(folder) for folder in (path, *path.parents)}
    holding = [mount for mount in mounted if mount.mountpoint in above]
    kind = max(holding, key=lambda mount: len(mount.mountpoint)).fstype if holding else ""
    return kind if any(word in kind.lower() for word in _NETWORK) else ""


def warning(journals: Path, uri: str, mounted: Sequence[Mount]) -> str:
    """Say, once for all that it concerns, what lies on a network file system; else nothing."""
    database = uri.removeprefix("sqlite:///") if uri.startswith("sqlite:///") else ""
    places = {"the journals": journals} | (
        {"MLflow's SQLite file": Path(database)} if database else {}
    )
    found = [
        f"{what} in {path} ({kind})"
        for what, path in places.items()
        if (kind := network_kind(path, mounted))
    ]
    if not found:
        return ""
    return (
        f"On a network file system: {' and '.join(found)}. Locks may not hold there: launch from"
        " one machine at a time, or choose a local hydra.launcher.store and an MLflow server."
    )
