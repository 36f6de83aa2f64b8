"""One file with everything needed to serve again, taken while serving and writing go on.

A backup is a plain tar: below ``compartments/`` the layout of a data directory (catalogue, originals, the current
generation, its pointer), below ``desk/`` what people made (saved searches, judgments, decisions), then ``backup.json``
with the size and SHA-256 of each member. The catalogue may be ahead of
the generation when a writer was at work: the next indexing publishes what it says, as after a crash.
"""

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter, ValidationError

from corpus.errors import InputError
from corpus.extraction.owned_folders import OwnedFolder
from indexer.compartment import Compartment, compartments
from indexer.durable import exchange, sync_file, sync_folder
from indexer.embedding_cache import cache_folder
from indexer.errors import BackupDamaged, IndexDamaged, IndexMissing
from indexer.generation import MANIFEST, FileEntry, Generation, read_manifest
from indexer.lock import writer_lock
from indexer.token_store import FOLDER as TOKENS

FORMAT = 2
_READABLE = (1, 2)
_LIST = "backup.json"
_ROOT = "compartments"
_DESK = "desk"
_CHUNK = 1 << 20
_LONGEST_LIST = 1 << 30
_STAGING = ".restoring-"
_ORIGINAL = re.compile(r"[0-9a-f]{64}")
_MEMBER = re.compile(
    rf"{_DESK}/[a-z0-9][a-z0-9-]{{0,39}}\.sqlite|{_ROOT}/[a-z0-9][a-z0-9-]{{0,39}}/"
    r"(catalogue\.sqlite|current|originals/[0-9a-f]{2}/[0-9a-f]{64}|generations/\d{8}(/(?!\.\.?/)[A-Za-z0-9._-]{1,120}){1,3})"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a backup holds: ``backup.json``."""

    format: int
    created_at: str
    generations: dict[str, str]
    files: dict[str, FileEntry]


_LISTED = TypeAdapter(Listed)


def backup(data: Path, file: Path) -> Listed:
    """Write a backup of every compartment; ``file`` is whole or not there at all.

    Raises:
        InputError: there is nothing to back up, or ``file`` cannot be written.
    """
    names = compartments(data)
    if not names:
        raise InputError("le fonds est vide", remedy="Il n’y a rien à sauvegarder : indexez d’abord un lot")
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with tarfile.open(beside, "w", format=tarfile.PAX_FORMAT) as tar:
            listed = _write(tar, data, [Compartment(data, name) for name in names], file.resolve().parent)
        sync_file(beside)
        beside.replace(file)
        sync_folder(file.resolve().parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(
            f"la sauvegarde ne peut pas être écrite ({error})", remedy="Vérifiez la place, les droits et le chemin"
        ) from error
    return listed


def _write(tar: tarfile.TarFile, data: Path, todo: list[Compartment], scratch: Path) -> Listed:
    files: dict[str, FileEntry] = {}
    generations: dict[str, str] = {}
    for compartment in todo:
        with ExitStack() as held:
            # Pinned first, copied last: what the catalogue says is never behind the generation.
            try:
                generation = held.enter_context(closing(compartment.open()))
            except (IndexMissing, IndexDamaged):
                generation = None
            if not compartment.catalogue.exists():
                continue
            base = f"{_ROOT}/{compartment.name}"
            copy = held.enter_context(_sqlite_copy(compartment.catalogue, scratch))
            files[f"{base}/catalogue.sqlite"] = _add(tar, f"{base}/catalogue.sqlite", copy)
            for path in sorted(compartment.originals.glob("*/*")):
                if _ORIGINAL.fullmatch(path.name):
                    name = f"{base}/originals/{path.name[:2]}/{path.name}"
                    files[name] = _add(tar, name, path)
            if generation is not None:
                generations[compartment.name] = generation.manifest.id
                files |= _add_generation(tar, base, generation)
    for path in sorted((data / _DESK).glob("*.sqlite")):
        with _sqlite_copy(path, scratch) as copy:
            files[f"{_DESK}/{path.name}"] = _add(tar, f"{_DESK}/{path.name}", copy)
    listed = Listed(FORMAT, datetime.now(UTC).isoformat(timespec="seconds"), generations, files)
    _add_bytes(tar, _LIST, json.dumps(asdict(listed), ensure_ascii=False).encode())
    return listed


def _add_generation(tar: tarfile.TarFile, base: str, generation: Generation) -> dict[str, FileEntry]:
    files: dict[str, FileEntry] = {}
    for inside in (*generation.manifest.files, MANIFEST):
        name = f"{base}/generations/{generation.manifest.id}/{inside}"
        files[name] = _add(tar, name, generation.folder / inside)
    name = f"{base}/current"
    files[name] = _add_bytes(tar, name, f"{generation.manifest.id}\n".encode())
    return files


@contextmanager
def _sqlite_copy(path: Path, scratch: Path) -> Iterator[Path]:
    """A consistent copy of a SQLite file that may be written meanwhile."""
    with OwnedFolder(".reuni-", parent=scratch) as folder:
        copy = folder / path.name
        with (
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            # A copy of a file in WAL mode says so in its header; alone, it must need no other file.
            target.execute("PRAGMA journal_mode = DELETE")
        yield copy


class _Hashing(io.RawIOBase):
    """Reads a file and hashes what goes by."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self.digest.update(chunk)
        return chunk


def _add(tar: tarfile.TarFile, name: str, path: Path) -> FileEntry:
    with path.open("rb") as read:
        member = tarfile.TarInfo(name)
        member.size = os.fstat(read.fileno()).st_size
        hashing = _Hashing(read)
        tar.addfile(member, hashing)
    return FileEntry(member.size, hashing.digest.hexdigest())


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> FileEntry:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
    return FileEntry(len(content), hashlib.sha256(content).hexdigest())


def restore(file: Path, data: Path, *, force: bool = False) -> Listed:
    """Put a backup in the place of a data directory's compartments, in one step, once every byte is verified.

    A server running meanwhile takes it up within a second. Without ``force`` nothing is ever overwritten.

    Raises:
        InputError: the data directory already holds something, or ``file`` cannot be read.
        BackupDamaged: the backup is not what was written; nothing has changed.
        WriterBusy: an indexing is running.
    """
    present = compartments(data)
    if present and not force:
        raise InputError(
            f"le dossier {data} contient déjà un fonds ({', '.join(present)})",
            remedy="Donnez un autre dossier, ou remplacez celui-ci avec --force",
        )
    data.mkdir(parents=True, exist_ok=True)
    for leftover in data.glob(f"{_STAGING}*"):
        shutil.rmtree(leftover)
    staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=data))
    try:
        listed = _unpacked(file, staging)
        for name in compartments(staging):
            _completed(Compartment(staging, name), listed)
        for folder in [staging, *(path for path in staging.rglob("*") if path.is_dir())]:
            sync_folder(folder)
        with ExitStack() as locks:
            for name in present:
                locks.enter_context(writer_lock(Compartment(data, name).lock))
            if (data / _ROOT).exists():
                exchange(staging / _ROOT, data / _ROOT)
            else:
                (staging / _ROOT).rename(data / _ROOT)
            sync_folder(data)
        for copy in sorted((staging / _DESK).glob("*.sqlite")):
            _put_back(copy, data / _DESK / copy.name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return listed


def _put_back(copy: Path, place: Path) -> None:
    """Replace the content of a file of the desk in one transaction: a server may have it open."""
    place.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(place, timeout=60)) as target:
        source.backup(target)
        # What is written ahead is in the file itself; the copy said otherwise.
        target.execute("PRAGMA journal_mode = WAL")


def _unpacked(file: Path, staging: Path) -> Listed:
    found: dict[str, FileEntry] = {}
    content = b""
    try:
        with tarfile.open(file, "r:") as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.isreg() and not member.issparse() else None
                if stream is None or content or member.name in found:
                    raise _damaged(file, f"« {member.name[:200]} » ne devrait pas y être")
                if member.name == _LIST:
                    content = stream.read(_LONGEST_LIST)
                elif _MEMBER.fullmatch(member.name):
                    found[member.name] = _extracted(stream, staging / member.name)
                else:
                    raise _damaged(file, f"« {member.name[:200]} » ne devrait pas y être")
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(file, str(error)) from error
    except FileNotFoundError as error:
        raise InputError(f"« {file} » n’existe pas", remedy="Vérifiez le chemin, puis relancez") from error
    try:
        listed = _LISTED.validate_json(content)
    except ValidationError as error:
        raise _damaged(file, "elle est incomplète" if not content else "sa liste est illisible") from error
    if listed.format not in _READABLE:
        raise _damaged(file, f"format {listed.format}, {FORMAT} attendu")
    if wrong := sorted(name for name in listed.files.keys() | found if listed.files.get(name) != found.get(name)):
        raise _damaged(file, f"« {wrong[0]} » n’est pas ce qui a été écrit")
    return listed


def _extracted(stream: IO[bytes], path: Path) -> FileEntry:
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    with path.open("xb") as write:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            write.write(chunk)
        write.flush()
        os.fsync(write.fileno())
    return FileEntry(size, digest.hexdigest())


def _completed(compartment: Compartment, listed: Listed) -> None:
    """Give the cache its segments back, as links to the generation's; check that the generation can be opened."""
    generation = listed.generations.get(compartment.name)
    if generation is None:
        return
    folder = compartment.generations / generation
    manifest = read_manifest(folder)
    compartment.open().close()
    cache = cache_folder(compartment.embeddings, manifest.encoder)
    cache.mkdir(parents=True)
    for name in manifest.segments:
        os.link(folder / TOKENS / name, cache / name)


def _damaged(file: Path, why: str) -> BackupDamaged:
    return BackupDamaged(
        f"{file} n’est pas une sauvegarde entière ({why})",
        remedy="Rien n’a été changé ; prenez une autre sauvegarde ou une nouvelle copie de celle-ci",
    )
