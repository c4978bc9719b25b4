"""Keep freed memory for the next tensor: a large part of a network's time on a CPU otherwise.

glibc gives every large block back to the system when it is freed, and the next step's blocks are
mapped and cleared again. Networks allocate the same large blocks in every step.
"""

from __future__ import annotations

import ctypes
import sys

# From malloc.h: the thresholds above which memory is mapped apart, and given back.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3


def keep_freed_memory() -> bool:
    """Ask the allocator of this process to keep what is freed; False where it can't be asked."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    wanted = ((_MMAP_THRESHOLD, 2**30), (_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, 2**28))
    return all(mallopt(option, value) == 1 for option, value in wanted)
