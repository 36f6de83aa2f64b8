"""How many cores there are to work with, and who works on the others."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def helpers() -> ThreadPoolExecutor:
    """Threads for parts of one question's arithmetic, one a core besides the caller's.

    A part must not wait for another one: they may be as many as the threads.
    """
    return ThreadPoolExecutor(max(cores() - 1, 1), "helper")
