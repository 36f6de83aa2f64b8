"""PDF to pages: pdfium reads the text, pypdf the structure."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.failures import password_needed
from corpus.extraction.layout import Sheet
from corpus.extraction.layout_lines import sheet_lines
from corpus.extraction.layout_pages import LaidPage, first_heading, lay_out
from corpus.extraction.ocr import OcrEngine, OcrError, awaiting_ocr
from corpus.extraction.ocr_page import Reading
from corpus.extraction.ocr_quality import readability
from corpus.extraction.pdf_glyphs import MAX_CHARS, GlyphReader
from corpus.extraction.pdf_ocr import Need, needs_ocr, read_by_ocr
from corpus.extraction.pdf_structure import PdfStructure, quiet, read_structure
from corpus.french.wordlist import french_words

MEDIA_TYPE = "application/pdf"


def extract_pdf(
    path: Path,
    *,
    passwords: Sequence[str] = (),
    attachments_dir: Path | None = None,
    ocr: OcrEngine | None = None,
    on_page: Callable[[int, int], None] | None = None,
) -> Extracted:
    """Read a PDF.

    Every page of the file has its :class:`~corpus.document.Page`, in order, with an empty text when
    nothing could be read, so that ``pages[number - 1]`` always holds.

    Args:
        passwords: tried in order when the file is encrypted.
        attachments_dir: existing folder that receives attached files, or None to leave them.
        ocr: reads the pages without text and those whose text layer is bad; None leaves them in
            ``awaiting_ocr`` (a bad text layer over a scan is kept meanwhile).
        on_page: told each page read and how many there are, then the last again as pages are laid out:
            a sign of life during long files.

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
            reader = _PagesReader(document, structure.labels, ocr)
            for index in range(count):
                reader.read(index)
                if on_page is not None:
                    on_page(index + 1, count)
            alive = (lambda: None) if on_page is None else partial(on_page, count, count)
            return reader.extracted(structure, alive)
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
    raise password_needed()


def with_forms(document: Any) -> Any:
    """The document, ready to draw what was typed in its forms."""
    if document.get_formtype() != pdfium_c.FORMTYPE_NONE:
        document.init_forms()
    return document


def page_of_text(document: Any, index: int) -> Any:
    """The page at ``index`` (0 for the first) of a document ready for its forms, these made part of its text."""
    page = document[index]
    if document.formenv is not None:
        # What was typed in a form is drawn over the page: only once flattened is it its text.
        with suppress(pdfium.PdfiumError):
            page.flatten()
        page.close()
        page = document[index]
    return page


def _damaged() -> ExtractionFailure:
    return ExtractionFailure(
        FailureState.QUARANTINED,
        "Le PDF est endommagé et ne peut pas être ouvert",
        remedy="Demandez un nouvel exemplaire du fichier, ou enregistrez-le à nouveau depuis son logiciel",
    )


class _PagesReader:
    """Reads pages one by one and keeps what layout needs of them."""

    def __init__(self, document: Any, labels: Sequence[str], ocr: OcrEngine | None) -> None:
        self._document = with_forms(document)
        self._labels = labels
        self._ocr = ocr
        self._laid: list[LaidPage] = []
        self._unread: list[int] = []
        self._awaiting: list[int] = []
        self._warnings: list[str] = []

    def read(self, index: int) -> None:
        """Read the page at ``index`` (0 for the first)."""
        label = self._labels[index] if index < len(self._labels) else ""
        try:
            page = page_of_text(self._document, index)
        except pdfium.PdfiumError:
            self._unread.append(index + 1)
            self._laid.append(LaidPage([], label=label))
            return
        try:
            laid = self._laid_page(page, index + 1)
        except pdfium.PdfiumError:
            self._unread.append(index + 1)
            laid = LaidPage([], *page.get_size())
        finally:
            page.close()
        laid.label = label
        self._laid.append(laid)

    def _laid_page(self, page: Any, number: int) -> LaidPage:
        glyphs = GlyphReader(page)
        sheet = glyphs.sheet()
        if glyphs.truncated:
            self._warnings.append(f"Page {number} : texte démesuré, lu jusqu’à {MAX_CHARS} caractères")
        size = page.get_size()
        need = needs_ocr(page, sheet)
        if need is not Need.NONE:
            reading = self._reading(page, number)
            if reading is None:
                self._awaiting.append(number)
                if need is Need.GARBLED:
                    return LaidPage([], *size)
            elif need is not Need.POOR or _is_better(reading, sheet):
                read = reading.sheet
                return LaidPage(sheet_lines(read), read.width, read.height, by_ocr=True, size=size)
        return LaidPage(sheet_lines(sheet), sheet.width, sheet.height, sheet.rulings, size=size)

    def _reading(self, page: Any, number: int) -> Reading | None:
        if self._ocr is None:
            return None
        try:
            return read_by_ocr(page, self._ocr)
        except OcrError as error:
            self._warnings.append(f"Page {number} : {error.message[0].lower()}{error.message[1:]}")
            return None

    def extracted(self, structure: PdfStructure, on_page: Callable[[], None]) -> Extracted:
        """The document, once all pages are read.

        Raises:
            ExtractionFailure: QUARANTINED when no page could be opened, AWAITING_OCR when none has text
                and some need OCR.
        """
        if len(self._unread) == len(self._laid):
            raise _damaged()
        if self._awaiting and not any(page.lines for page in self._laid):
            raise awaiting_ocr("Le PDF est un scan sans texte")
        outline: dict[int, list[tuple[str, int]]] = {}
        for entry in structure.outline:
            outline.setdefault(entry.page - 1, []).append((entry.title, entry.level))
        pages = lay_out(self._laid, outline=outline, french=french_words(), title=structure.title, on_page=on_page)
        self._warnings += [f"Le PDF est irrégulier : {part} illisibles" for part in structure.faults]
        origins = dict.fromkeys(structure.metadata, "propriétés du fichier")
        if not any(page.text for page in pages):
            self._warnings.append("Le PDF ne contient aucun texte")
        title = structure.title
        if not title:
            title = first_heading(pages)
            if title:
                origins["title"] = "page 1"
        return Extracted(
            media_type=MEDIA_TYPE,
            pages=tuple(pages),
            title=title,
            metadata=structure.metadata,
            origins=origins,
            attachments=tuple(structure.attachments),
            unread_pages=tuple(self._unread),
            awaiting_ocr=tuple(self._awaiting),
            warnings=tuple(self._warnings),
        )


def _is_better(reading: Reading, sheet: Sheet) -> bool:
    return reading.quality.score > readability(" ".join(word.text for word in sheet.words)).score
