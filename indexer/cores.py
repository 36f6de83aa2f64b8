"""How many cores there are to work with, and who works on the others."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

Part = TypeVar("Part")


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def together(parts: Sequence[Callable[[], Part]]) -> list[Part]:
    """What each part of one question's arithmetic gives, in order: the first on this thread, the others beside it.

    A part must not wait for another one: there may be one thread for all the others.
    """
    first, *others = parts
    waited = [_helpers().submit(other) for other in others]
    return [first(), *(one.result() for one in waited)]


@lru_cache(maxsize=1)
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(cores() - 1, 1), "helper")
