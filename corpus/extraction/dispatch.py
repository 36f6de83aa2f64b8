"""From a file to its text: finds out what it is and calls the reader of that format."""

from collections.abc import Callable
from pathlib import Path

from corpus.extraction import media_type as media
from corpus.extraction.docx import extract_docx
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import empty, password_needed, unsupported
from corpus.extraction.html import extract_html
from corpus.extraction.markdown import extract_markdown
from corpus.extraction.odt import extract_odt
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.pdf import extract_pdf
from corpus.extraction.text import extract_text

Reader = Callable[[Path, ExtractionOptions], Extracted]


def extract(
    path: Path, name: str, options: ExtractionOptions, progress: Callable[[], None] = lambda: None
) -> Extracted:
    """Read one file, whatever it is.

    Args:
        path: where its bytes are.
        name: the name it came with; data for people, and its extension when the content does not tell.
        progress: called now and then during long work (a page read by OCR), as a sign of life.
    Raises:
        ExtractionFailure: with the state that counts it, the reason and the remedy, in French.
    """
    kind = media.sniff(path, name)
    if kind == media.EMPTY:
        raise empty()
    if kind == media.ENCRYPTED_OFFICE:
        raise password_needed()
    reader = _READERS.get(kind)
    if reader is None:
        raise unsupported(kind)
    return reader(path, options)


def _pdf(path: Path, options: ExtractionOptions) -> Extracted:
    return extract_pdf(path, passwords=options.passwords, attachments_dir=options.unpack_dir)


_READERS: dict[str, Reader] = {
    "text/html": lambda path, options: extract_html(path),
    "text/markdown": lambda path, options: extract_markdown(path),
    "text/plain": lambda path, options: extract_text(path),
    "application/xml": lambda path, options: extract_text(path),
    media.DOCX: lambda path, options: extract_docx(path, options.limits),
    media.ODT: lambda path, options: extract_odt(path, options.limits),
    "application/pdf": _pdf,
}
