"""Numbers below the smallest normal one count as zero, where the processor is slow at them.

Weights of an input that is always 0 shrink by weight decay alone, and velocities of a unit that is
dead by the momentum coefficient: after some ten thousand steps both are subnormal, 1e-38 and less
in float32. An x86 processor takes a hundred times as long for an operation with one of them. One
such network makes the whole of its stack three times as slow.
"""

import ctypes
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# Bits of the SSE control register, MXCSR: flush results to zero, take operands as zero (Intel's
# manual for software developers, volume 1, 10.2.3.3 and 10.2.3.4).
_FLUSH = 1 << 15 | 1 << 6
# Linux on x86-64 has MXCSR as the last of 8 words in the floating-point environment of C's fenv.h.
_WORDS, _MXCSR = 8, 7


@contextmanager
def flushed() -> Iterator[None]:
    """Count subnormal numbers as zero in this thread, on Linux on x86-64; elsewhere do nothing."""
    library = _library()
    if library is None:
        yield
        return
    before = _change(library, _FLUSH)
    try:
        yield
    finally:
        _change(library, before)


def _change(library: ctypes.CDLL, bits: int) -> int:
    """Set the two bits of MXCSR as they are in `bits`; return how they were."""
    environment = (ctypes.c_uint32 * _WORDS)()
    library.fegetenv(environment)
    before = environment[_MXCSR]
    environment[_MXCSR] = before & ~_FLUSH | bits
    library.fesetenv(environment)
    return before & _FLUSH


@cache
def _library() -> ctypes.CDLL | None:
    """Load what has fegetenv and fesetenv, if they are as we know them here."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None
    for name in ("libm.so.6", None):
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        if hasattr(library, "fegetenv") and hasattr(library, "fesetenv"):
            return library
    return None
