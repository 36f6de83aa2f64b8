"""OpenDocument files under a password (OpenDocument 1.3, part 2, section 3): opened with those that are known.

Each member is compressed, padded and encrypted by itself, and the manifest says how. LibreOffice writes AES-256 in
CBC mode with a key that PBKDF2 derives from the password's SHA-256; that is what is read.
"""

import hashlib
import tempfile
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from corpus.extraction.failures import damaged, password_needed, quarantined
from corpus.extraction.limits import Limits
from corpus.extraction.packages import BROKEN, MANIFEST, bomb, locking_manifest

_WHAT = "le document OpenDocument"
_SPACE = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_KEY_BYTES = 32
_BLOCK = algorithms.AES.block_size // 8
# LibreOffice 7 asks for 100,000; a hostile file must not set how long the machine works.
_MOST_ROUNDS = 1_000_000
_MOST_PARTS = 2_000
_STARTS = {"": "sha1", "SHA1": "sha1", "http://www.w3.org/2000/09/xmldsig#sha256": "sha256"}
_BROKEN = (*BROKEN, KeyError)


@dataclass(frozen=True, slots=True)
class _Part:
    """How one member is locked: bytes, and the checksum of the first kilobyte once unlocked."""

    start: str
    salt: bytes
    rounds: int
    vector: bytes
    checksum: bytes

    def unlock(self, sealed: bytes, password: str) -> bytes | None:
        """The member's compressed bytes; None when the password is another."""
        first = hashlib.new(self.start, password.encode(), usedforsecurity=False).digest()
        key = hashlib.pbkdf2_hmac("sha1", first, self.salt, self.rounds, _KEY_BYTES)
        decryptor = Cipher(algorithms.AES(key), modes.CBC(self.vector)).decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        if not padded or not 1 <= padded[-1] <= _BLOCK:
            return None
        clear = padded[: -padded[-1]]
        return clear if hashlib.sha256(clear[:1024]).digest() == self.checksum else None


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
                    password = _opening(package, parts, passwords)
                    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="decrypted-"))
                    path = Path(folder) / "clear"
                    _write_clear(package, parts, password, path, limits, manifest)
        except _BROKEN as error:
            raise damaged(_WHAT) from error
        yield path


def _locked_parts(package: zipfile.ZipFile) -> tuple[dict[str, _Part], bytes]:
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
    for entry in root.iter(f"{{{_SPACE}}}file-entry"):
        data = entry.find(f"{{{_SPACE}}}encryption-data")
        if data is not None:
            found[entry.get(f"{{{_SPACE}}}full-path", "")] = _part(data)
            entry.remove(data)
    if not found:
        # Marked as locked, without a word on how.
        raise password_needed()
    if len(found) > _MOST_PARTS:
        raise quarantined(f"Trop de parties chiffrées dans {_WHAT} : {len(found)}")
    return found, etree.tostring(root)


def _part(data: etree._Element) -> _Part:
    def said(element: str, name: str, otherwise: str = "") -> str:
        found = data.find(f"{{{_SPACE}}}{element}")
        return (found.get(f"{{{_SPACE}}}{name}") or otherwise) if found is not None else otherwise

    rounds = int(said("key-derivation", "iteration-count", "0"))
    start = said("start-key-generation", "start-key-generation-name")
    read = (
        said("algorithm", "algorithm-name") == "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
        and said("key-derivation", "key-derivation-name") == "PBKDF2"
        and (data.get(f"{{{_SPACE}}}checksum-type") or "").endswith("#sha256-1k")
        and start in _STARTS
        and 1 <= rounds <= _MOST_ROUNDS
    )
    if not read:
        raise quarantined(
            "Document OpenDocument protégé d’une manière qui n’est pas lue",
            remedy="Ouvrez-le dans LibreOffice avec son mot de passe, enregistrez-le sans mot de passe et redéposez-le",
        )
    return _Part(
        _STARTS[start],
        b64decode(said("key-derivation", "salt")),
        rounds,
        b64decode(said("algorithm", "initialisation-vector")),
        b64decode(data.get(f"{{{_SPACE}}}checksum") or ""),
    )


def _opening(package: zipfile.ZipFile, parts: dict[str, _Part], passwords: Sequence[str]) -> str:
    """The password that opens the smallest part, and so the others."""
    name = min(parts, key=lambda name: package.getinfo(name).file_size)
    sealed = package.read(name)
    for password in passwords:
        if parts[name].unlock(sealed, password) is not None:
            return password
    raise password_needed()


def _write_clear(
    package: zipfile.ZipFile, parts: dict[str, _Part], password: str, clear: Path, limits: Limits, manifest: bytes
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
                content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, limits.archive_bytes - total + 1)
            total += len(content)
            if total > limits.archive_bytes:
                raise bomb(_WHAT)
            target.writestr(member.filename, content, zipfile.ZIP_STORED if member.filename == "mimetype" else None)
