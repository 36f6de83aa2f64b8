"""PDF to pages: pdfium reads the text, pypdf the structure."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.layout_lines import sheet_lines
from corpus.extraction.layout_pages import LaidPage, lay_out
from corpus.extraction.ocr import OcrEngine
from corpus.extraction.pdf_glyphs import GlyphReader
from corpus.extraction.pdf_structure import PdfStructure, quiet, read_structure

MEDIA_TYPE = "application/pdf"


def extract_pdf(
    path: Path,
    *,
    passwords: Sequence[str] = (),
    attachments_dir: Path | None = None,
    ocr: OcrEngine | None = None,
) -> Extracted:
    """Read a PDF.

    Every page of the file has its :class:`~corpus.document.Page`, in order, with an empty text when
    nothing could be read, so that ``pages[number - 1]`` always holds.

    Args:
        passwords: tried in order when the file is encrypted.
        attachments_dir: existing folder that receives attached files, or None to leave them.
        ocr: reads the pages that have no text; None leaves them in ``awaiting_ocr``.

    Raises:
        ExtractionFailure: PASSWORD_NEEDED, AWAITING_OCR (no page has text) or QUARANTINED (damaged).
    """
    with quiet():
        document, password = open_document(path, passwords)
        try:
            count = len(document)
            if count == 0:
                raise _damaged()
            structure = read_structure(path, password=password, page_count=count, attachments_dir=attachments_dir)
            return _read_pages(document, structure)
        finally:
            document.close()


def open_document(path: Path, passwords: Sequence[str]) -> tuple[Any, str | None]:
    """Open with pdfium; gives the document and the password that opened it (None when none was needed).

    Raises:
        ExtractionFailure: PASSWORD_NEEDED or QUARANTINED.
    """
    for password in (None, *passwords):
        try:
            return pdfium.PdfDocument(path, password=password), password
        except pdfium.PdfiumError as error:
            if error.err_code != pdfium_c.FPDF_ERR_PASSWORD:
                raise _damaged() from error
        except (ValueError, OSError) as error:
            raise _damaged() from error
    raise ExtractionFailure(
        FailureState.PASSWORD_NEEDED,
        "Le PDF est protégé par un mot de passe",
        remedy="Ajoutez son mot de passe à la liste des mots de passe, ou déposez une copie sans protection",
    )


def _damaged() -> ExtractionFailure:
    return ExtractionFailure(
        FailureState.QUARANTINED,
        "Le PDF est endommagé et ne peut pas être ouvert",
        remedy="Demandez un nouvel exemplaire du fichier, ou enregistrez-le à nouveau depuis son logiciel",
    )


def _read_pages(document: Any, structure: PdfStructure) -> Extracted:
    laid: list[LaidPage] = []
    awaiting: list[int] = []
    unread: list[int] = []
    for index in range(len(document)):
        label = structure.labels[index] if index < len(structure.labels) else ""
        try:
            page = document[index]
            sheet = GlyphReader(page).sheet()
        except pdfium.PdfiumError:
            unread.append(index + 1)
            laid.append(LaidPage([], label=label))
            continue
        if not sheet.words and not sheet.aside:
            awaiting.append(index + 1)
        laid.append(LaidPage(sheet_lines(sheet), sheet.width, sheet.height, sheet.rulings, label))
    if len(unread) == len(laid):
        raise _damaged()
    if awaiting and len(awaiting) + len(unread) == len(laid):
        raise ExtractionFailure(
            FailureState.AWAITING_OCR,
            "Le PDF est un scan sans texte et la reconnaissance de caractères n'est pas disponible",
            remedy="Installez Tesseract et sa langue française (paquets tesseract-ocr et tesseract-ocr-fra), "
            "puis relancez l'indexation avec --retry",
        )
    outline: dict[int, list[tuple[str, int]]] = {}
    for entry in structure.outline:
        outline.setdefault(entry.page - 1, []).append((entry.title, entry.level))
    pages = lay_out(laid, outline=outline, french=frozenset(), title=structure.title)
    return Extracted(
        media_type=MEDIA_TYPE,
        pages=tuple(pages),
        title=structure.title,
        metadata=structure.metadata,
        origins=dict.fromkeys(structure.metadata, "propriétés du fichier"),
        attachments=tuple(structure.attachments),
        unread_pages=tuple(unread),
        awaiting_ocr=tuple(awaiting),
        warnings=tuple(f"Le PDF est irrégulier : {part} illisibles" for part in structure.faults),
    )
