"""What a file is: by its content first, by its extension second."""

import re
import zipfile
from pathlib import Path, PurePosixPath

OCTETS = "application/octet-stream"
EMPTY = "application/x-empty"
ENCRYPTED_OFFICE = "application/x-ole-encrypted-package"

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSB = "application/vnd.ms-excel.sheet.binary.macroEnabled.12"
ODT = "application/vnd.oasis.opendocument.text"
ODP = "application/vnd.oasis.opendocument.presentation"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
OPEN_DOCUMENTS = frozenset({ODT, ODP, ODS})
DOC = "application/msword"
PPT = "application/vnd.ms-powerpoint"
XLS = "application/vnd.ms-excel"
MSG = "application/vnd.ms-outlook"
RTF = "application/rtf"
EML = "message/rfc822"
MBOX = "application/mbox"

_HEAD = 8192
_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"{\\rt", RTF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/x-msdownload"),
)
COMPOUND = "application/x-ole-storage"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Stream names of a compound file, UTF-16 as its directory stores them. Order matters: a message may
# hold a Word document, an encrypted package is nothing else.
_STREAMS = (
    ("EncryptedPackage", ENCRYPTED_OFFICE),
    ("__properties_version1.0", MSG),
    ("__substg1.0_", MSG),
    ("WordDocument", DOC),
    ("PowerPoint Document", PPT),
    ("Workbook", XLS),
    ("Book", XLS),
)
_OPEN_XML = (
    ("word/", DOCX),
    ("ppt/", PPTX),
    ("xl/workbook.bin", XLSB),
    ("xl/", XLSX),
)
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.I | re.S,
)
_PDF_OBJECT = re.compile(rb"\b\d+ \d+ obj\b")
_XML = re.compile(rb"\s*<\?xml\b")
_HEADER = re.compile(
    rb"(?:Return-Path|Received|From|To|Subject|Date|Message-ID|MIME-Version|Delivered-To|X-[\w-]+|Content-Type)"
    rb":[^\n]*\n",
    re.I,
)
_MBOX = re.compile(rb"From \S+[^\n]{0,200}\d\d:\d\d[^\n]{0,80}\n[!-9;-~]{1,80}:")
_TEXT_EXTENSIONS = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".csv": "text/csv",
    ".tsv": "text/csv",
    ".eml": EML,
    ".mbox": MBOX,
}
_CONTROLS = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27})


def sniff(path: Path, name: str | None = None) -> str:
    """The media type of a file; ``application/octet-stream`` when nothing tells.

    Args:
        name: the name the file came with, when ``path`` is a working copy; only its extension is looked at.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(0, 2)
        size = file.tell()
    if size == 0:
        return EMPTY
    extension = PurePosixPath(name or path.name).suffix.lower()
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip_kind(path)
    if head.startswith(_COMPOUND):
        return _compound_kind(path)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:2] == b"BM" and size > 26 and int.from_bytes(head[2:6], "little") == size:
        return "image/bmp"
    if head[257:262] == b"ustar":
        return "application/x-tar"
    # Readers accept a PDF header anywhere in the first kilobyte.
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    if extension == ".pdf" and _PDF_OBJECT.search(head):
        # Its header is spoilt; its objects are no text to be shown.
        return "application/pdf"
    return _text_kind(head, extension)


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
            if "mimetype" in names and package.getinfo("mimetype").file_size < 200:
                declared = package.read("mimetype").decode("ascii", errors="replace").strip()
                if declared.startswith("application/vnd.oasis.opendocument."):
                    return declared.removesuffix("-template")
            if "[Content_Types].xml" in names:
                for prefix, media_type in _OPEN_XML:
                    if any(member.startswith(prefix) for member in names):
                        return media_type
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError, NotImplementedError):
        pass
    return "application/zip"


def _compound_kind(path: Path) -> str:
    data = path.read_bytes()
    for stream, media_type in _STREAMS:
        if stream.encode("utf-16-le") in data:
            return media_type
    return COMPOUND


def _text_kind(head: bytes, extension: str) -> str:
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and wide_encoding(head) is None:
        # A handful of control bytes happens in damaged texts; one in twenty is something else.
        controls = len(head) - len(head.translate(None, _CONTROLS))
        if controls * 20 > len(head):
            return OCTETS
        if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
            return "text/html"
        if _MBOX.match(head):
            return MBOX
        if _is_message(head):
            return EML
    if extension in _TEXT_EXTENSIONS:
        return _TEXT_EXTENSIONS[extension]
    if _XML.match(head):
        return "application/xml"
    return "text/plain"


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 without its mark: in French nearly every other byte is zero, always on the same side."""
    sample = data[:_HEAD]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(sample) < 8 or max(even, odd) * 5 < len(sample) * 2 or min(even, odd) * 10 > max(even, odd):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _is_message(head: bytes) -> bool:
    """Whether the file begins with the header of a message: known fields, one of From, Received, Subject."""
    lines = head.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0]
    known = _HEADER.findall(lines + b"\n")
    starts = {field.split(b":", 1)[0].lower() for field in known}
    return (
        _HEADER.match(head.replace(b"\r\n", b"\n")) is not None
        and len(starts) >= 2
        and bool(starts & {b"from", b"received", b"subject", b"message-id"})
    )
