"""Has the C library give memory back to the system."""

import ctypes
import sys

# Of glibc's mallopt.
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
# Bytes from which a block is the system's again as soon as it is free.
LARGE_BLOCK = 1 << 20
# Of its own accord glibc would keep a heap for each thread, up to eight for each processor.
HEAPS = 2


def give_back() -> None:
    """Give blocks of LARGE_BLOCK back when they are freed, from now on. Does nothing where the C library cannot.

    By itself glibc takes the size of a freed block for one that is needed often, and keeps so much in each thread's
    heap: after four hashes of passwords at the same time a process had 76 MB that nobody used.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
        mallopt(M_ARENA_MAX, HEAPS)
