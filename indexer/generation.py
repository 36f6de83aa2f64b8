"""A generation: one immutable state of one compartment's index (see FORMAT.md).

The manifest is written last, and names every file with its size and SHA-256: a folder without a manifest is
not a generation, and a file that differs from its line is refused before anything trusts it.
"""

import fcntl
import hashlib
import json
import os
import shutil
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from indexer.dense import FILE as DENSE_FILE
from indexer.dense import DenseIndex
from indexer.document_vectors import FILE as DOCUMENTS_FILE
from indexer.document_vectors import DocumentVectors
from indexer.durable import replace_text, sha256_of, sync_file, sync_folder
from indexer.embedding_cache import damaged
from indexer.encoder.protocol import EncoderIdentity
from indexer.errors import EncoderMismatch, IndexOutdated
from indexer.lexical import FOLDER as LEXICAL_FOLDER
from indexer.lexical import LexicalIndex
from indexer.passage_store import FILE as PASSAGES_FILE
from indexer.passage_store import PassageStore
from indexer.token_store import FOLDER as TOKENS_FOLDER
from indexer.token_store import TokenStore

FORMAT = 5
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a generation, as it was written."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Collected:
    """What the generation was built from, for the coverage line of each answer.

    Attributes:
        revision: of the catalogue.
        unreadable, awaiting_ocr: files known but without text.
        partial: documents read in part.
        drops: names, oldest first.
    """

    revision: int
    unreadable: int
    awaiting_ocr: int
    partial: int
    drops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is."""

    format: int
    id: str
    compartment: str
    created_at: str
    encoder: EncoderIdentity
    documents: int
    passages: int
    collected: Collected
    segments: tuple[str, ...]
    files: dict[str, FileEntry] = field(default_factory=dict)


_MANIFEST = TypeAdapter(Manifest)

Verified = dict[tuple[int, int, int, int], str]
"""Checksums already computed by this process: (device, inode, size, mtime in ns) to SHA-256."""


def file_entries(folder: Path, known: Mapping[str, str]) -> dict[str, FileEntry]:
    """Entries for every file below a folder but the manifest, each synced to disk first.

    ``known`` gives the SHA-256 of file names that need not be read again: the cache's segments, nine tenths of
    the bytes, which it has just verified.
    """
    entries: dict[str, FileEntry] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.endswith(".lock")):
        name = path.relative_to(folder).as_posix()
        if name == MANIFEST:
            continue
        sync_file(path)
        entries[name] = FileEntry(path.stat().st_size, known.get(name) or sha256_of(path))
    for below in [folder, *(p for p in folder.rglob("*") if p.is_dir())]:
        sync_folder(below)
    return entries


def _sealed(manifest: Manifest) -> bytes:
    """The manifest file, to the byte: the manifest and the SHA-256 of its compact form."""
    compact = _MANIFEST.dump_json(manifest)
    digest = hashlib.sha256(compact).hexdigest()
    return b'{"sha256": "' + digest.encode() + b'", "manifest":\n' + _MANIFEST.dump_json(manifest, indent=1) + b"}\n"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Seal a generation."""
    replace_text(folder / MANIFEST, _sealed(manifest).decode())


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a generation.

    Raises:
        IndexDamaged: it is absent, cut or changed by one byte.
        IndexOutdated: it is of another format.
    """
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
        read = json.loads(content)["manifest"]
        found = int(read["format"])
        if found == FORMAT:
            manifest = _MANIFEST.validate_python(read)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(path, "manifeste absent ou illisible") from error
    if found != FORMAT:
        raise IndexOutdated(
            f"l’index {folder} est au format {found}, celui-ci attend {FORMAT}",
            remedy="Lancez « reuni index --rebuild » (les passages sont encodés de nouveau si le format des embeddings "
            "a changé), ou utilisez la version de Réuni qui l’a écrit",
        )
    if content != _sealed(manifest):
        raise damaged(path, "somme de contrôle différente")
    return manifest


def verify(folder: Path, manifest: Manifest, verified: Verified | None = None) -> None:
    """Compare every file with the manifest.

    Raises:
        IndexDamaged: names the first file that differs.
    """
    verified = {} if verified is None else verified
    for name, entry in manifest.files.items():
        path = folder / name
        try:
            status = path.stat()
        except OSError as error:
            raise damaged(path, "fichier absent") from error
        if status.st_size != entry.size:
            raise damaged(path, f"{status.st_size} octets au lieu de {entry.size}")
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if key not in verified:
            verified[key] = sha256_of(path)
        if verified[key] != entry.sha256:
            raise damaged(path, "somme de contrôle différente")


class Generation:
    """An open generation: a frozen snapshot, safe to search from several threads.

    While it is open a shared lock on its manifest keeps the writer from removing it; the lock goes when it
    is closed, or when nobody refers to it any more.
    """

    def __init__(self, folder: Path, manifest: Manifest, pin: int) -> None:
        self._unpin = weakref.finalize(self, os.close, pin)
        self.folder = folder
        self.manifest = manifest
        self.lexical = LexicalIndex.open(folder / LEXICAL_FOLDER)
        self.passages = PassageStore(folder / PASSAGES_FILE)
        self.tokens = TokenStore(folder / TOKENS_FOLDER, manifest.segments)
        self.dense = DenseIndex.open(folder / DENSE_FILE, self.tokens)
        self.documents = DocumentVectors(folder / DOCUMENTS_FILE)
        stems, words = len(self.lexical.stems), len(self.lexical)
        counts = {len(self.dense), words, stems, len(self.passages), len(self.tokens), manifest.passages}
        if len(counts) != 1:
            self.close()
            raise damaged(folder, f"les comptes de passages ne s’accordent pas : {sorted(counts)}")

    @classmethod
    def open(
        cls, folder: Path, encoder: EncoderIdentity | None = None, verified: Verified | None = None
    ) -> "Generation":
        """Pin, verify and open.

        Raises:
            IndexDamaged: a file is not what was written.
            EncoderMismatch: it was made with another encoder than ``encoder``.
        """
        manifest, pin = pinned(folder, encoder, verified)
        return cls(folder, manifest, pin)

    def close(self) -> None:
        """Let the writer remove it once it is superseded."""
        self._unpin()


def pinned(folder: Path, encoder: EncoderIdentity | None, verified: Verified | None) -> tuple[Manifest, int]:
    """The manifest of a generation whose files are what was written, and a descriptor that keeps them until closed.

    Raises:
        IndexDamaged, EncoderMismatch: see :meth:`Generation.open`.
    """
    pin = _pin(folder)
    try:
        manifest = read_manifest(folder)
        if encoder is not None and manifest.encoder != encoder:
            raise EncoderMismatch(
                f"l’index a été construit avec l’encodeur {manifest.encoder.name} "
                f"({manifest.encoder.fingerprint[:12]}), celui-ci est {encoder.name} ({encoder.fingerprint[:12]})",
                remedy="Préparez le même encodeur (« reuni model prepare --model "
                f"{manifest.encoder.name} »), ou reconstruisez l’index avec celui-ci (« reuni index --rebuild »)",
            )
        verify(folder, manifest, verified)
    except BaseException:
        os.close(pin)
        raise
    return manifest, pin


def _pin(folder: Path) -> int:
    """A shared lock on a generation, which :func:`remove` respects: a descriptor to close."""
    path = folder / MANIFEST
    try:
        pin = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise damaged(path, "manifeste absent ou illisible") from error
    try:
        fcntl.flock(pin, fcntl.LOCK_SH)
        # While this waited for the lock, the writer may have taken the folder away.
        if not os.path.samestat(os.fstat(pin), path.stat()):
            raise FileNotFoundError(path)
    except OSError as error:
        os.close(pin)
        raise damaged(path, "génération retirée entre-temps") from error
    return pin


def remove(folder: Path) -> bool:
    """Remove a generation, or what was left of one; False when some process has it open.

    It loses its name in one step first, so nobody ever opens a half of it.
    """
    try:
        descriptor = os.open(folder / MANIFEST, os.O_RDONLY)
    except FileNotFoundError:
        shutil.rmtree(folder)
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        nameless = folder.with_name(f".retired-{folder.name.removeprefix('.retired-')}")
        folder.rename(nameless)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    shutil.rmtree(nameless)
    return True
