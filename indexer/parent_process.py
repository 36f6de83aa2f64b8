"""What a process does once the one that started it is no more: killed, it told nobody."""

import threading
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import wait


def when_it_ends(do: Callable[[], None]) -> None:
    """Have a thread call ``do`` when the parent ends, however it does; nothing in a process that multiprocessing did
    not start."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_after, args=(parent.sentinel, do), name="parent", daemon=True).start()


def _after(sentinel: int, do: Callable[[], None]) -> None:
    wait([sentinel])
    do()
