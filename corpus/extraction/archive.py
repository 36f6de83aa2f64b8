"""Archives: their members become files of their own; the archive itself says only what it holds."""

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

import py7zr
import py7zr.exceptions
import py7zr.io
import pyzipper

from corpus.document import BlockKind
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import damaged, empty, password_needed
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.packages import overlapping
from corpus.extraction.page_builder import PageBuilder
from corpus.extraction.unpack import Member, Unpacker, tidy_name

_UTF8_NAMES = 0x800
_ENCRYPTED = 0x1
# How WinZip and 7-Zip mark a member encrypted with AES, which zipfile does not read.
_AES = 99
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, lzma.LZMAError)
# What systems leave in archives and nobody wrote.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


def extract_zip(path: Path, options: ExtractionOptions) -> Extracted:
    """Unpack a ZIP archive; members that cannot be read are named in the warnings."""
    what = "l’archive ZIP"
    unpacker = _unpacker(path, options, what)
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise damaged(what) from error
    locked = spoilt = 0
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        unpacker.announce(len(members), sum(member.file_size for member in members))
        if overlapping(archive):
            raise damaged(what)
        for member in members:
            name = _zip_name(member)
            if _is_litter(name):
                unpacker.warn(name, "fichier technique")
                continue
            passwords = options.passwords if member.flag_bits & _ENCRYPTED else ("",)
            if not _unpack_first(archive, member, name, passwords, unpacker):
                locked += bool(member.flag_bits & _ENCRYPTED)
                spoilt += not member.flag_bits & _ENCRYPTED
    if locked and not unpacker.attachments:
        raise password_needed()
    if spoilt and not unpacker.members:
        raise damaged(what)
    return _inventory("application/zip", unpacker, len(members))


def _unpack_first(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    name: str,
    passwords: Sequence[str],
    unpacker: Unpacker,
) -> bool:
    """Unpack a member with the first password that opens it; says why otherwise."""
    reason = "mot de passe inconnu"
    for password in passwords:
        try:
            with _opened(archive, member, password) as content:
                unpacker.add(name, content)
            return True
        except RuntimeError:
            continue
        except _BROKEN:
            if not member.flag_bits & _ENCRYPTED:
                reason = "contenu endommagé"
    unpacker.warn(name, reason)
    return False


@contextmanager
def _opened(archive: zipfile.ZipFile, member: zipfile.ZipInfo, password: str) -> Iterator[IO[bytes]]:
    if member.compress_type != _AES:
        with archive.open(member, pwd=password.encode() or None) as content:
            yield content
        return
    try:
        with (
            pyzipper.AESZipFile(archive.filename) as sealed,
            sealed.open(member.orig_filename, pwd=password.encode()) as content,
        ):
            yield content
    except pyzipper.BadZipFile as error:
        raise zipfile.BadZipFile from error


def _zip_name(member: zipfile.ZipInfo) -> str:
    """Names without the UTF-8 mark are often UTF-8 all the same, else of the DOS code page of France."""
    if member.flag_bits & _UTF8_NAMES:
        return member.filename
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp850")


def extract_tar(path: Path, options: ExtractionOptions) -> Extracted:
    """Unpack a TAR archive, compressed or not; links and devices are left out and named."""
    what = "l’archive TAR"
    unpacker = _unpacker(path, options, what)
    count = 0
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in _members(archive, unpacker):
                count += 1
                if _is_litter(member.name):
                    unpacker.warn(member.name, "fichier technique")
                elif member.isfile():
                    content = archive.extractfile(member)
                    if content is not None:
                        with content:
                            unpacker.add(member.name, content)
                elif not member.isdir():
                    unpacker.warn(member.name, "lien ou fichier spécial")
    except (tarfile.TarError, *_BROKEN) as error:
        if not unpacker.members:
            raise damaged(what) from error
        unpacker.warn("fin de l’archive", "archive endommagée")
    return _inventory("application/x-tar", unpacker, count)


def _members(archive: tarfile.TarFile, unpacker: Unpacker) -> Iterator[tarfile.TarInfo]:
    for count, member in enumerate(archive, start=1):
        unpacker.announce(count, 0)
        yield member
        # tarfile keeps every header it has seen; none is needed again.
        archive.members = []  # type: ignore[attr-defined]


def _holds_tar(path: Path) -> bool:
    """Whether a compressed file is a TAR archive with at least one member: zeros alone pass for an empty one."""
    try:
        with tarfile.open(path, "r:*") as archive:
            return archive.next() is not None
    except (tarfile.TarError, *_BROKEN):
        return False


def _open(path: Path, media_type: str) -> IO[bytes]:
    if media_type == "application/gzip":
        return cast("IO[bytes]", gzip.open(path))
    return bz2.open(path) if media_type == "application/x-bzip2" else lzma.open(path)


def extract_compressed(path: Path, name: str, media_type: str, options: ExtractionOptions) -> Extracted:
    """Unpack a compressed file: a TAR archive, or a single file named after it."""
    if _holds_tar(path):
        return extract_tar(path, options)
    what = "le fichier compressé"
    unpacker = _unpacker(path, options, what)
    try:
        with closing(_open(path, media_type)) as content:
            unpacker.add(PurePosixPath(tidy_name(name)).stem, content)
    except _BROKEN as error:
        raise damaged(what) from error
    return _inventory(media_type, unpacker, 1)


def extract_7z(path: Path, options: ExtractionOptions) -> Extracted:
    """Unpack a 7Z archive; the first password that opens it is used for all members."""
    what = "l’archive 7Z"
    locked = False
    for password in (None, *options.passwords):
        unpacker = _unpacker(path, options, what)
        try:
            # Given a file, not a path, py7zr reads in one thread.
            with path.open("rb") as file, py7zr.SevenZipFile(file, "r", password=password) as archive:
                if password is None and archive.needs_password():
                    locked = True
                    continue
                members = [member for member in archive.files if member.is_file or member.is_symlink]
                unpacker.announce(len(members), sum(member.uncompressed or 0 for member in members))
                names = []
                for member in members:
                    if member.is_symlink or _is_litter(member.filename):
                        unpacker.warn(member.filename, "lien ou fichier technique")
                    else:
                        names.append(member.filename)
                if names:
                    archive.extract(targets=names, factory=_SevenZipFactory(unpacker))
        except py7zr.exceptions.PasswordRequired:
            locked = True
        except (py7zr.exceptions.ArchiveError, *_BROKEN, TypeError, IndexError, KeyError, AttributeError) as error:
            # A wrong password shows as damaged data.
            unpacker.discard()
            if password is None and not locked:
                raise damaged(what) from error
        else:
            return _inventory("application/x-7z-compressed", unpacker, len(members))
    raise password_needed()


class _SevenZipFactory(py7zr.io.WriterFactory):
    def __init__(self, unpacker: Unpacker) -> None:
        self._unpacker = unpacker

    def create(self, filename: str) -> py7zr.io.Py7zIO:
        return _SevenZipMember(self._unpacker.open(filename))


class _SevenZipMember(py7zr.io.Py7zIO):
    """Where py7zr writes a member: counted and bounded as it comes."""

    def __init__(self, writer: Member) -> None:
        self._writer = writer

    def write(self, s: bytes | bytearray) -> int:
        self._writer.write(bytes(s))
        return len(s)

    def read(self, size: int | None = None) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def flush(self) -> None:
        return None

    def size(self) -> int:
        return self._writer.size

    def close(self) -> None:
        self._writer.close()


def _unpacker(path: Path, options: ExtractionOptions, what: str) -> Unpacker:
    return Unpacker(options.unpack_dir, options.limits, what, path.stat().st_size)


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or (bool(parts) and parts[-1] in _LITTER)


def _inventory(media_type: str, unpacker: Unpacker, members: int) -> Extracted:
    """The archive as a document: the names of what it holds, so that they can be found."""
    if not members:
        raise empty()
    builder = PageBuilder()
    for attachment in unpacker.attachments:
        builder.add(BlockKind.LIST_ITEM, attachment.name)
    return Extracted(
        media_type=media_type,
        pages=(builder.page(),),
        attachments=unpacker.attachments,
        warnings=unpacker.warnings,
    )
