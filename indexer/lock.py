"""One writer a compartment: an advisory lock that dies with its owner."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from indexer.errors import WriterBusy


@contextmanager
def writer_lock(path: Path) -> Iterator[None]:
    """Hold the lock of a compartment.

    The kernel frees it when the process ends, however it ends, so a lock is never stale: the file may stay,
    naming its last owner.

    Raises:
        WriterBusy: another process holds it; says which and since when.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WriterBusy(
                f"une autre indexation écrit dans ce compartiment ({_owner(path)})",
                remedy="Attendez qu’elle finisse, ou arrêtez ce processus, puis relancez",
            ) from error
        file.truncate(0)
        json.dump(
            {
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
            },
            file,
        )
        file.flush()
        yield


def _owner(path: Path) -> str:
    try:
        owner = json.loads(path.read_text("utf-8"))
        return f"processus {owner['pid']} sur {owner['host']}, depuis {owner['since']}"
    except (OSError, ValueError, KeyError):
        return "processus inconnu"


def is_held(path: Path) -> bool:
    """Whether some process holds the lock now."""
    if not path.exists():
        return False
    with path.open("r", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
