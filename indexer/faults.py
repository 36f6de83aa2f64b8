"""Faults on purpose: a process that dies, or whose disk fails, at the N-th thing it asks of the system.

For the crash campaigns only. What Python itself asks (open, rename, remove, make a folder, link, connect to SQLite) is
seen through its audit hooks, ``fsync`` through a wrapper. What native libraries write is reached otherwise: by a limit
on the size of files, and by killing at random moments.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

_EVENTS = frozenset(
    {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate", "sqlite3.connect"}
)


class FaultKind(StrEnum):
    """What happens at the N-th call."""

    KILL = "kill"
    ERROR_ONCE = "error_once"
    """This call fails, the next ones do not: a bad sector, a passing fault of the network."""
    ERROR_ALWAYS = "error_always"
    """This call and all that follow fail: the disk is full, or gone."""


class Faults:
    """Counts what this process asks of the system about one folder, and strikes. Never to be undone."""

    def __init__(self, folder: Path, kind: FaultKind, at: int, error: int) -> None:
        self._folder = str(folder)
        self._kind = kind
        self._at = at
        self._error = error
        self.calls = 0

    def install(self) -> None:
        """From now on, in this process."""
        sync = os.fsync

        def fsync(fd: Any) -> None:
            self._step()
            sync(fd)

        os.fsync = fsync
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _EVENTS and arguments and self._is_mine(arguments[0]):
            self._step()

    def _is_mine(self, path: Any) -> bool:
        return isinstance(path, str | bytes | os.PathLike) and self._folder in os.fsdecode(path)

    def _step(self) -> None:
        self.calls += 1
        if self.calls < self._at or (self.calls > self._at and self._kind is not FaultKind.ERROR_ALWAYS):
            return
        if self._kind is FaultKind.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(self._error, os.strerror(self._error))


def limit_file_size(size: int) -> None:
    """No file of this process may grow past ``size`` bytes: writes fail in every library, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def forked(work: Callable[[], bytes]) -> tuple[int, int]:
    """Run ``work`` in a forked process; returns its id and the reading end of the pipe with its result.

    The caller must have started no thread.
    """
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return child, read
    code = 1
    try:
        os.close(read)
        with os.fdopen(write, "wb") as result:
            result.write(work())
        code = 0
    finally:
        os._exit(code)
