"""Memory of a worker that has read or rendered thousands of commitments."""

import contextlib
import ctypes
import gc


def give_back() -> None:
    """Give what is free back to the system: glibc keeps it for the process, and other processes need it meanwhile."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # not of glibc
        ctypes.CDLL(None).malloc_trim(0)
