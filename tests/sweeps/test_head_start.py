"""Workers that begin early are those that work, and go with their launcher."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

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


def test_workers_that_begin_early_have_imported_and_are_those_that_work(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


KILLED = """
import time

from joblib.externals.loky import get_reusable_executor

from sweeps import head_start

if __name__ == "__main__":
    head_start.begin(2)
    head_start.over()
    print(*get_reusable_executor(reuse=True)._processes, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
def test_workers_heed_no_ctrl_c_and_go_with_a_launcher_that_is_killed(tmp_path: Path) -> None:
    launcher = subprocess.Popen(
        [sys.executable, "-c", KILLED], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert launcher.stdout is not None
    workers = [psutil.Process(int(pid)) for pid in launcher.stdout.readline().split()]
    assert len(workers) == 2
    for worker in workers:
        worker.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert all(worker.is_running() for worker in workers)
    launcher.kill()
    launcher.communicate()
    gone, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive, gone
