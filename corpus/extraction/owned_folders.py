"""Temporary folders that end with their owner: those whose owner was killed are removed by the next one.

Each holds a file that its owner keeps locked. The kernel frees the lock when the owner dies, however it dies, so
a lock that can be taken proves that nobody uses the folder.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

_LOCK = "owner.lock"


class OwnedFolder:
    """A new temporary folder, which its lock is in, removed by :meth:`close`.

    As a context manager it gives an empty folder inside it, all of which is the caller's.

    Args:
        prefix: of its name; the abandoned folders of that prefix are removed first. Each use has its own, and none
            begins another.
        parent: existing folder to make it in; None is the system's temporary folder.
    """

    def __init__(self, prefix: str, parent: Path | None = None) -> None:
        remove_abandoned(prefix, parent)
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
            # Not inherited by the processes that the owner starts: they may outlive it.
            self._lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            # Another owner that started between these two calls took the lock, hence the folder for abandoned.
            if os.fstat(self._lock).st_nlink:
                break
            os.close(self._lock)

    def __enter__(self) -> Path:
        inside = self.path / "content"
        inside.mkdir(0o700)
        return inside

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder and free the lock, in that order."""
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            os.close(self._lock)


def remove_abandoned(prefix: str, parent: Path | None = None) -> int:
    """Remove this user's folders of a prefix whose owner is provably dead; returns how many.

    A folder without its lock file (being made, or made by something else), of another user, or that is a link, is left.
    """
    removed = 0
    for folder in (parent or Path(tempfile.gettempdir())).glob(f"{prefix}*"):
        with suppress(OSError):
            status = folder.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if os.fstat(lock).st_uid == os.geteuid():
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
                    removed += 1
            finally:
                os.close(lock)
    return removed
