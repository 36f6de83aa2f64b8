"""Reading a drop: what came in, before anything is opened."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import InputError

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that came in.

    Attributes:
        path: its name in the collection, ``/`` between folders: data, never opened as a path.
        source: where its bytes are; None when they must not be read.
        problem: French, why its bytes must not or cannot be read; "" otherwise.
        parent: path of the archive or message that holds it, or "".
        depth: how many of them stand around it.
    """

    path: str
    source: Path | None
    problem: str = ""
    parent: str = ""
    depth: int = 0


def read_folder(root: Path) -> Iterator[Incoming]:
    """Every file below a folder, sorted by name; links and special files are named, never followed.

    Raises:
        InputError: there is no such folder, or it cannot be listed.
    """
    try:
        entries = sorted(os.scandir(root), key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        raise InputError(
            f"le dossier {display(str(root))} ne peut pas être lu ({error.strerror})",
            remedy="Vérifiez le chemin et les droits, puis relancez",
        ) from error
    yield from _walk(entries, "")


def _walk(entries: list[os.DirEntry[str]], prefix: str) -> Iterator[Incoming]:
    for entry in entries:
        path = prefix + display(entry.name)
        if entry.is_symlink():
            yield Incoming(path, None, "c’est un lien, qui pourrait mener hors du lot")
        elif entry.is_dir(follow_symlinks=False):
            try:
                below = sorted(os.scandir(entry.path), key=lambda e: os.fsencode(e.name))
            except OSError as error:
                yield Incoming(path + "/", None, f"le dossier ne peut pas être lu ({error.strerror})")
                continue
            yield from _walk(below, path + "/")
        elif entry.is_file(follow_symlinks=False):
            yield Incoming(path, Path(entry.path))
        else:
            yield Incoming(path, None, "ce n’est pas un fichier ordinaire")


def display(name: str) -> str:
    """A file name as text: bytes that are not UTF-8 are shown as ``\\xNN``, so two names stay two."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace("\x00", "\\x00")


def store_original(source: Path, originals: Path) -> tuple[str, int, Path]:
    """Copy a file into the content-addressed store; returns its SHA-256, its size and its place there.

    The copy is complete under its final name or not there at all.

    Raises:
        OSError: the source cannot be read or the store cannot be written.
    """
    originals.mkdir(parents=True, exist_ok=True)
    partial = originals / f".incoming-{os.getpid()}"
    digest = hashlib.sha256()
    size = 0
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as read, partial.open("wb") as write:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(22, "not a regular file")
        while chunk := read.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            write.write(chunk)
        write.flush()
        os.fsync(write.fileno())
    sha256 = digest.hexdigest()
    final = original_path(originals, sha256)
    final.parent.mkdir(exist_ok=True)
    partial.replace(final)
    return sha256, size, final


def original_path(originals: Path, sha256: str) -> Path:
    """Where the bytes of a content are kept."""
    return originals / sha256[:2] / sha256
