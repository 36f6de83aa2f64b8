"""How many cores there are to work with, and who works on the others.

One question is shared between cores by parts of a few milliseconds. Left to place them, Linux puts a thread that is
woken on the core of the one that wakes it whenever the other cores of a virtual machine are halted, for their host may
have taken them (available_idle_cpu): of questions asked 20 ms apart, half had both halves of a scan on one core, one
after the other, while the second core slept. So threads are placed here.
"""

import ctypes
import os
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from typing import TypeVar

Part = TypeVar("Part")

# Parts under way beside the threads of one core: some wait for another machine, or for a part started before them.
_PARTS = 16
_UNKNOWN = -1


def cores() -> int:
    """Cores this process may use."""
    return len(_allowed()) or os.cpu_count() or 1


def beside(part: Callable[[], Part]) -> Future[Part]:
    """Start a part on any core but this thread's, where there is one and the system tells them apart.

    It must wait for no part that is started after it, and start no lasting thread or process, which would keep off that
    core too.
    """
    return _helpers(_this_core()).submit(part)


def together(parts: Sequence[Callable[[], Part]]) -> list[Part]:
    """What each part of one question's arithmetic gives, in order: the first on this thread, the others beside it."""
    first, *others = parts
    with staying():
        waited = [beside(other) for other in others]
        return [first(), *(one.result() for one in waited)]


@contextmanager
def staying() -> Iterator[None]:
    """Keep this thread on the core that it is on, away from the parts started beside it."""
    core = _this_core()
    if core == _UNKNOWN:
        yield
        return
    before = os.sched_getaffinity(0)
    _place({core})
    try:
        yield
    finally:
        _place(before)


@cache
def _helpers(core: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_PARTS, f"beside-{core}", _keep_off, (core,))


def _keep_off(core: int) -> None:
    """Let this thread run on any core of the process but one, whatever the thread that started it may use."""
    if core != _UNKNOWN:
        _place(_allowed() - {core})


def _place(where: Set[int]) -> None:
    # It may be forbidden, or the process may have lost these cores since: a question then takes longer, no more.
    with suppress(OSError):
        os.sched_setaffinity(0, where)


@cache
def _allowed() -> frozenset[int]:
    """The cores this process may use; empty where the system does not say."""
    return frozenset(os.sched_getaffinity(os.getpid())) if hasattr(os, "sched_getaffinity") else frozenset()


def _this_core() -> int:
    return _core_of_thread()()


@cache
def _core_of_thread() -> Callable[[], int]:
    """Tells which core a thread that asks is on; unknown where there is one only, or where the system does not say."""
    # Asked before any thread is placed.
    if len(_allowed()) < 2:
        return lambda: _UNKNOWN
    return getattr(ctypes.CDLL(None), "sched_getcpu", lambda: _UNKNOWN)
