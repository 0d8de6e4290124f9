"""Which folders lie on network file systems, by what is mounted where."""

from pathlib import Path

import pytest

from sweeps.filesystem import Mount, mounts, network_kind, warning

MOUNTED = [
    Mount("/", "ext4"),
    Mount("/home", "nfs4"),
    Mount("/home/me/fast", "xfs"),
    Mount("/data", "fuse.sshfs"),
]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/sweep", "nfs4"),
        ("/home/me/fast/sweep", ""),
        ("/homework", ""),
        ("/data", "fuse.sshfs"),
        ("/srv", ""),
    ],
)
def test_the_innermost_mount_decides(path: str, kind: str) -> None:
    assert network_kind(Path(path), MOUNTED) == kind


def test_one_warning_names_all_it_concerns() -> None:
    both = warning(Path("/home/me/.sweeps"), "sqlite:////data/mlflow.db", MOUNTED)
    assert "journals" in both
    assert "SQLite" in both
    assert "\n" not in both
    assert warning(Path("/srv/.sweeps"), "http://here:5000", MOUNTED) == ""


def test_this_machine_has_a_root() -> None:
    assert any(mount.mountpoint in ("/", "C:\\") for mount in mounts())
