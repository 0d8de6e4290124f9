"""Workers that begin early are those that work."""

import subprocess
import sys

SCRIPT = """
import os
import sys

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

from sweeps import head_start


def seen():
    import os
    import sys
    return os.getpid(), "wave" in sys.modules


if __name__ == "__main__":
    head_start.begin(2, ("wave", "no_such_module"))
    head_start.begin(3)
    head_start.over()
    early = set(get_reusable_executor(reuse=True)._processes)
    with head_start.on_this_machine():
        found = Parallel(n_jobs=head_start.processes(2))(delayed(seen)() for _ in range(8))
    assert {pid for pid, _ in found} <= early, (found, early)
    assert len(early) == 2, early
    assert any(imported for _, imported in found), found
    assert "wave" not in sys.modules
"""


def test_workers_that_begin_early_have_imported_and_are_those_that_work(tmp_path: object) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=str(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
