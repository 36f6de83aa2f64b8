"""OpenDocument files under a password (OpenDocument 1.3, part 2, section 3): opened with those that are known.

Each member is compressed and encrypted by itself, and the manifest says how; or one member is the whole package.
"""

import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lxml import etree

from corpus.extraction.failures import damaged, password_needed, quarantined
from corpus.extraction.limits import Limits
from corpus.extraction.open_document_locks import SPACE, Lock, read_lock
from corpus.extraction.packages import BROKEN, MANIFEST, bomb, locking_manifest

_WHAT = "le document OpenDocument"
_WHOLE = "encrypted-package"
_MOST_PARTS = 2_000
_BROKEN = (*BROKEN, KeyError)


@contextmanager
def open_document(path: Path, passwords: Sequence[str], limits: Limits) -> Iterator[Path]:
    """The clear form of an ODT, ODS or ODP, removed at the end; the file itself when it has no password.

    Raises:
        ExtractionFailure: PASSWORD_NEEDED when no password opens it, QUARANTINED when it is damaged, a bomb, or
            locked in a way that is not read.
    """
    with ExitStack() as stack:
        try:
            with zipfile.ZipFile(path) as package:
                parts, manifest = _locked_parts(package)
                if parts:
                    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="decrypted-"))
                    path = Path(folder) / "clear"
                if _WHOLE in parts:
                    path.write_bytes(_whole(package, parts[_WHOLE], passwords, limits))
                elif parts:
                    password = _opening(package, parts, passwords)
                    _write_clear(package, parts, password, path, limits, manifest)
        except _BROKEN as error:
            raise damaged(_WHAT) from error
        yield path


def _locked_parts(package: zipfile.ZipFile) -> tuple[dict[str, Lock], bytes]:
    """How each locked member is locked, and the manifest without it; nothing for a package without a password."""
    manifest = locking_manifest(package)
    if not manifest:
        return {}, b""
    if b"<!ENTITY" in manifest:
        raise damaged(_WHAT)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(manifest, parser)
    except etree.XMLSyntaxError as error:
        raise damaged(_WHAT) from error
    found = {}
    for entry in root.iter(f"{{{SPACE}}}file-entry"):
        data = entry.find(f"{{{SPACE}}}encryption-data")
        if data is not None:
            found[entry.get(f"{{{SPACE}}}full-path", "")] = read_lock(data)
            entry.remove(data)
    if not found:
        # Marked as locked, without a word on how.
        raise password_needed()
    if len(found) > _MOST_PARTS:
        raise quarantined(f"Trop de parties chiffrées dans {_WHAT} : {len(found)}")
    return found, etree.tostring(root)


def _whole(package: zipfile.ZipFile, lock: Lock, passwords: Sequence[str], limits: Limits) -> bytes:
    """The package that is inside another."""
    sealed = package.read(_WHOLE)
    for password in passwords:
        packed = lock.unlock(sealed, password)
        if packed is not None:
            return _inflated(packed, limits.archive_bytes)
    raise password_needed()


def _inflated(packed: bytes, most: int) -> bytes:
    content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most + 1)
    if len(content) > most:
        raise bomb(_WHAT)
    return content


def _opening(package: zipfile.ZipFile, parts: dict[str, Lock], passwords: Sequence[str]) -> str:
    """The password that opens the smallest part, and so the others."""
    name = min(parts, key=lambda name: package.getinfo(name).file_size)
    sealed = package.read(name)
    for password in passwords:
        if parts[name].unlock(sealed, password) is not None:
            return password
    raise password_needed()


def _write_clear(
    package: zipfile.ZipFile, parts: dict[str, Lock], password: str, clear: Path, limits: Limits, manifest: bytes
) -> None:
    total = 0
    if sum(member.file_size for member in package.infolist()) > limits.archive_bytes:
        raise bomb(_WHAT)
    with zipfile.ZipFile(clear, "w", zipfile.ZIP_DEFLATED) as target:
        for member in package.infolist():
            if member.is_dir():
                continue
            content = manifest if member.filename == MANIFEST else package.read(member)
            part = parts.get(member.filename)
            if part is not None:
                packed = part.unlock(content, password)
                if packed is None:
                    raise damaged(_WHAT)
                content = _inflated(packed, limits.archive_bytes - total)
            total += len(content)
            if total > limits.archive_bytes:
                raise bomb(_WHAT)
            target.writestr(member.filename, content, zipfile.ZIP_STORED if member.filename == "mimetype" else None)
