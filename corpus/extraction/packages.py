"""Office packages are ZIP files of XML: looked at before any library opens them."""

import zipfile
import zlib
from pathlib import Path

from corpus.extraction.extracted import ExtractionFailure
from corpus.extraction.failures import damaged, password_needed, quarantined
from corpus.extraction.limits import Limits

MANIFEST = "META-INF/manifest.xml"
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError)
"""What reading a damaged package raises."""
_LONGEST_MANIFEST = 4_000_000
_PROLOGUE = 8192
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def check_package(path: Path, what: str, limits: Limits) -> None:
    """Refuse a package that is damaged, encrypted, a bomb, or whose XML declares a DTD or entities.

    Args:
        what: French for the file ("le document DOCX").
    Raises:
        ExtractionFailure: with its state.
    """
    with path.open("rb") as file:
        if file.read(8) == _COMPOUND_FILE:
            raise password_needed()
    try:
        with zipfile.ZipFile(path) as package:
            _check_sizes(package, path.stat().st_size, what, limits)
            for member in package.infolist():
                if member.flag_bits & 0x1:
                    raise password_needed()
                if _is_markup(member.filename):
                    _check_prologue(package, member, what)
            if locking_manifest(package):
                raise password_needed()
    except BROKEN as error:
        raise damaged(what) from error


def locking_manifest(package: zipfile.ZipFile) -> bytes:
    """The manifest of an OpenDocument package some of whose members are encrypted; empty for any other package."""
    if MANIFEST not in package.namelist():
        return b""
    with package.open(MANIFEST) as file:
        manifest = file.read(_LONGEST_MANIFEST)
    return manifest if b"encryption-data" in manifest else b""


def _check_sizes(package: zipfile.ZipFile, packed: int, what: str, limits: Limits) -> None:
    members = package.infolist()
    if len(members) > limits.archive_members:
        raise quarantined(f"Trop de fichiers dans {what} : {len(members)}")
    unpacked = sum(member.file_size for member in members)
    too_dense = unpacked > limits.archive_ratio_floor and unpacked > max(1, packed) * limits.archive_ratio
    if unpacked > limits.archive_bytes or too_dense or overlapping(package):
        raise bomb(what)


def overlapping(package: zipfile.ZipFile) -> bool:
    """Whether members share bytes: one way of packing petabytes in megabytes (D. Fifield, 2019)."""
    header = 30  # the least that stands before a member's bytes
    end = 0
    for member in sorted(package.infolist(), key=lambda member: member.header_offset):
        if member.header_offset < end:
            return True
        end = member.header_offset + header + member.compress_size
    return False


def bomb(what: str) -> ExtractionFailure:
    """A small file that unpacks into an enormous one."""
    return quarantined(
        f"Taille décompressée anormale pour {what} : bombe de décompression probable",
        remedy="N’ouvrez pas ce fichier ; demandez à l’émetteur ce qu’il contient",
    )


def _is_markup(name: str) -> bool:
    """Whether a part is XML that the readers parse; formulas of ODF keep their historical MathML DTD."""
    if not name.lower().endswith((".xml", ".rels")):
        return False
    return "/" not in name or name.startswith(("word/", "ppt/", "xl/", "_rels/", "docProps/"))


def _check_prologue(package: zipfile.ZipFile, member: zipfile.ZipInfo, what: str) -> None:
    with package.open(member) as part:
        head = part.read(_PROLOGUE).replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise quarantined(
            f"Déclarations XML interdites (DTD ou entités) dans {what}",
            remedy="Rouvrez le fichier dans la suite bureautique, enregistrez-le de nouveau et redéposez-le",
        )
