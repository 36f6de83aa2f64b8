"""From a file to its text: finds out what it is and calls the reader of that format."""

import struct
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from olefile import OleFileIO  # type: ignore[import-untyped]

from corpus.extraction import media_type as media
from corpus.extraction.archive import extract_7z, extract_compressed, extract_tar, extract_zip
from corpus.extraction.docx import extract_docx
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import damaged, empty, unsupported
from corpus.extraction.html import extract_html
from corpus.extraction.image import extract_image
from corpus.extraction.legacy import LEGACY_TYPES, extract_legacy
from corpus.extraction.mail import extract_eml, extract_mbox
from corpus.extraction.markdown import extract_markdown
from corpus.extraction.ocr import OcrEngine
from corpus.extraction.ocr_cache import CachedEngine, FileReadings
from corpus.extraction.ocr_tesseract import find_tesseract
from corpus.extraction.odt import extract_odt
from corpus.extraction.office_password import decrypted
from corpus.extraction.open_document_password import open_document
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.outlook import extract_msg
from corpus.extraction.pdf import extract_pdf
from corpus.extraction.presentation import extract_odp, extract_pptx
from corpus.extraction.spreadsheet import extract_csv, extract_spreadsheet
from corpus.extraction.text import extract_text

Reader = Callable[[Path, ExtractionOptions], Extracted]


def extract(
    path: Path,
    name: str,
    options: ExtractionOptions,
    progress: Callable[[], None] = lambda: None,
    readings: FileReadings | None = None,
) -> Extracted:
    """Read one file, whatever it is.

    Args:
        path: where its bytes are.
        name: the name it came with; data for people, and its extension when the content does not tell.
        progress: called now and then during long work (a page read by OCR), as a sign of life.
        readings: what OCR has already read of this file, and who keeps what it reads.
    Raises:
        ExtractionFailure: with the state that counts it, the reason and the remedy, in French.
    """
    kind = media.sniff(path, name)
    if kind == media.EMPTY:
        raise empty()
    if kind == media.ENCRYPTED_OFFICE:
        with decrypted(path, options.passwords) as clear:
            return extract(clear, name, replace(options, passwords=()), progress)
    if kind in media.OPEN_DOCUMENTS:
        with open_document(path, options.passwords, options.limits) as clear:
            return _READERS[kind](clear, options)
    if kind in _COMPRESSED:
        return extract_compressed(path, name, kind, options)
    if kind == "application/pdf":
        return extract_pdf(
            path,
            passwords=options.passwords,
            attachments_dir=options.unpack_dir,
            ocr=_engine(options, readings),
            on_page=lambda page, pages: progress(),
        )
    if kind.startswith("image/"):
        return extract_image(path, ocr=_engine(options, readings), on_page=lambda page, pages: progress())
    reader = _reader(kind)
    if reader is None:
        if kind == media.COMPOUND:
            _require_whole(path)
        raise unsupported(kind)
    return reader(path, options)


def _require_whole(path: Path) -> None:
    """Tell a compound file of another program from one that is cut or bent, which a sound copy replaces.

    Raises:
        ExtractionFailure: QUARANTINED.
    """
    try:
        OleFileIO(path).close()
    except (OSError, ValueError, struct.error) as error:
        raise damaged("le fichier Office ou Outlook") from error


def _engine(options: ExtractionOptions, readings: FileReadings | None) -> OcrEngine | None:
    engine = _tesseract() if options.ocr else None
    return engine if engine is None or readings is None else CachedEngine(engine, readings)


@cache
def _tesseract() -> OcrEngine | None:
    """Asked once a process: the answer takes two runs of the program."""
    return find_tesseract()


def _reader(kind: str) -> Reader | None:
    if kind in LEGACY_TYPES:
        return lambda path, options: extract_legacy(path, kind, options.limits)
    return _READERS.get(kind)


_READERS: dict[str, Reader] = {
    "text/html": lambda path, options: extract_html(path),
    "text/markdown": lambda path, options: extract_markdown(path),
    "text/plain": lambda path, options: extract_text(path),
    "application/xml": lambda path, options: extract_text(path),
    "text/csv": lambda path, options: extract_csv(path, options.limits),
    media.DOCX: lambda path, options: extract_docx(path, options.limits),
    media.ODT: lambda path, options: extract_odt(path, options.limits),
    media.PPTX: lambda path, options: extract_pptx(path, options.limits),
    media.ODP: lambda path, options: extract_odp(path, options.limits),
    media.XLSX: lambda path, options: extract_spreadsheet(path, media.XLSX, options.limits),
    media.XLSB: lambda path, options: extract_spreadsheet(path, media.XLSB, options.limits),
    media.XLS: lambda path, options: extract_spreadsheet(path, media.XLS, options.limits),
    media.ODS: lambda path, options: extract_spreadsheet(path, media.ODS, options.limits),
    media.EML: extract_eml,
    media.MBOX: extract_mbox,
    media.MSG: extract_msg,
    "application/zip": extract_zip,
    "application/x-tar": extract_tar,
    "application/x-7z-compressed": extract_7z,
}
_COMPRESSED = frozenset({"application/gzip", "application/x-bzip2", "application/x-xz"})
