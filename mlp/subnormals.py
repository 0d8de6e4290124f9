"""Numbers below the smallest normal one count as zero, where the processor is slow at them.

Velocities of a unit that is dead shrink by the momentum coefficient, and weights of an input that
is always 0 by weight decay: after a thousand steps or some ten thousand they are subnormal, 1e-38
and less in float32. An x86 processor takes up to a hundred times as long for an operation with one
of them. One such network makes an epoch of its stack take almost three times as long.
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
    """Count subnormal numbers as zero in this thread, on Linux on x86-64; elsewhere do nothing.

    A thread that is begun inside takes the mode over and keeps it.
    """
    library = _library()
    if library is None:
        yield
        return
    before = _bits(library)
    try:
        _set(library, _FLUSH)
        yield
    finally:
        _set(library, before)


def _bits(library: ctypes.CDLL) -> int:
    """Return how the two bits of MXCSR are."""
    return _environment(library)[_MXCSR] & _FLUSH


def _set(library: ctypes.CDLL, bits: int) -> None:
    environment = _environment(library)
    environment[_MXCSR] = environment[_MXCSR] & ~_FLUSH | bits
    library.fesetenv(environment)


def _environment(library: ctypes.CDLL) -> "ctypes.Array[ctypes.c_uint32]":
    environment = (ctypes.c_uint32 * _WORDS)()
    library.fegetenv(environment)
    return environment


@cache
def _library() -> ctypes.CDLL | None:
    """Load what has fegetenv and fesetenv, if they are as we know them here."""
    is_64_bit = platform.machine() == "x86_64" and sys.maxsize > 1 << 32
    if sys.platform != "linux" or not is_64_bit:
        return None
    for name in ("libm.so.6", None):
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        if hasattr(library, "fegetenv") and hasattr(library, "fesetenv"):
            return library
    return None
