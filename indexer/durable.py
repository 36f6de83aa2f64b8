"""Writing so that a crash leaves the old bytes or the new ones, never a mix."""

import ctypes
import hashlib
import os
from pathlib import Path

_CHUNK = 1 << 20
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def sync_file(path: Path) -> None:
    """Wait until a file's bytes are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Wait until a folder's entries (creations, renames) are on the disk."""
    sync_file(path)


def replace_text(path: Path, text: str) -> None:
    """Atomically replace a small text file: write beside, fsync, rename, fsync the folder."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as write:
        write.write(text)
        write.flush()
        os.fsync(write.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def exchange(one: Path, other: Path) -> None:
    """Let two folders of one file system change places, in one step.

    Raises:
        OSError: one is absent, or the file system cannot do it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(one), None, str(other))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as read:
        while chunk := read.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
