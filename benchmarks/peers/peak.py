"""The machine's peak: a large float32 product on one core, and on all cores at once.

    python benchmarks/peers/peak.py

Each core has a process with one BLAS thread; they begin together and multiply for a second. A
core's figure is its best product, the machine's the sum. NumPy's library sets the peak; those of
PyTorch and JAX, where they are installed, say how much of it a tool could reach.
"""

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from multiprocessing.synchronize import Barrier

SIZE = 2048
SECONDS = 1.0
LIBRARIES = {"NumPy": "numpy", "PyTorch": "torch", "JAX": "jax"}


def _numpy() -> Callable[[], object]:
    import numpy as np
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    left, right, out = (np.ones((SIZE, SIZE), np.float32) for _ in range(3))
    return lambda: np.matmul(left, right, out=out)


def _torch() -> Callable[[], object]:
    import torch

    torch.set_num_threads(1)
    left, right, out = (torch.ones(SIZE, SIZE) for _ in range(3))
    return lambda: torch.matmul(left, right, out=out)


def _jax() -> Callable[[], object]:
    os.environ["NPROC"] = "1"
    import jax

    left, right = (jax.numpy.ones((SIZE, SIZE)) for _ in range(2))
    multiply = jax.jit(lambda a, b: a @ b)
    return lambda: multiply(left, right).block_until_ready()


def _best(library: str, start: Barrier) -> float:
    """Return the operations a second of the best product within a second."""
    multiply = {"NumPy": _numpy, "PyTorch": _torch, "JAX": _jax}[library]()
    multiply()
    start.wait()
    best, end = float("inf"), time.perf_counter() + SECONDS
    while (began := time.perf_counter()) < end:
        multiply()
        best = min(best, time.perf_counter() - began)
    return 2 * SIZE**3 / best


def peak(cores: int, library: str = "NumPy") -> float:
    """Return the operations a second of so many cores at once."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        start = manager.Barrier(cores)
        with context.Pool(cores) as pool:
            return sum(pool.starmap(_best, [(library, start)] * cores, chunksize=1))


def kernel() -> str:
    """Return the version and kernel of NumPy's BLAS."""
    import numpy as np
    from threadpoolctl import threadpool_info

    return f"NumPy {np.__version__}, " + ", ".join(
        f"{one['internal_api']} {one['version']} {one.get('architecture', '')}".strip()
        for one in threadpool_info()
        if one["user_api"] == "blas" and "numpy" in one["filepath"]
    )


def main() -> None:
    """Print the peaks, one core's and all cores' at once, in GFLOP/s or as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    installed = [name for name, package in LIBRARIES.items() if find_spec(package)]
    parser.add_argument("--libraries", nargs="+", default=installed, choices=installed)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="operations a second, for a program")
    asked = parser.parse_args()
    peaks = {name: (peak(1, name), peak(asked.cores, name)) for name in asked.libraries}
    if asked.json:
        print(json.dumps({"kernel": kernel(), "peaks": peaks}))
        return
    print(kernel())
    for name, (one, every) in peaks.items():
        print(f"{name:8} one core {one / 1e9:.0f} GFLOP/s, {asked.cores} at once {every / 1e9:.0f}")


if __name__ == "__main__":
    main()
