"""A PostgreSQL server of a test's own, from the system's packages, on a loopback port."""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OWNER = "postgres"


def binaries() -> Path | None:
    """Find the folder of initdb and postgres, which Debian keeps out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    place = found[-1] if found else Path(on_path) if on_path else None
    return place.parent if place is not None else None


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a server with an empty database while the context lasts; gives the database's URI."""
    # It refuses to run as root, and then its folder must be reachable by another user.
    root = getpass.getuser() == "root"
    place = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if root else folder))
    prefix: list[str] = []
    if root:
        owner = pwd.getpwnam(_OWNER)
        os.chown(place, owner.pw_uid, owner.pw_gid)
        prefix = ["runuser", "-u", _OWNER, "--"]
    programs = binaries()
    if programs is None:
        msg = "there is no PostgreSQL here"
        raise FileNotFoundError(msg)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data, log = place / "data", place / "log"

    def run(program: str, *arguments: str) -> None:
        # To a file: the server keeps what it is started with open, and a pipe would not end.
        with (folder / f"{program}.log").open("ab") as said:
            subprocess.run(
                [*prefix, programs / program, *arguments],
                check=True,
                stdout=said,
                stderr=said,
                cwd=place,
            )

    run("initdb", "-D", str(data), "-U", "mlflow", "--auth=trust", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {place}"
    run("pg_ctl", "-D", str(data), "-l", str(log), "-o", options, "-w", "start")
    try:
        run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "mlflow", "mlflow")
        yield f"postgresql+psycopg2://mlflow@127.0.0.1:{port}/mlflow"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop")
        shutil.rmtree(place)
