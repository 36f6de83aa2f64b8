"""One page of a PDF or of an image, as pixels."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium  # type: ignore[import-untyped]
from PIL import Image, UnidentifiedImageError

from corpus.extraction.extracted import ExtractionFailure
from corpus.extraction.failures import damaged, quarantined, unsupported
from corpus.extraction.image import FORMATS, MAX_FRAME_PIXELS, on_paper
from corpus.extraction.pdf import open_document, with_forms
from corpus.extraction.pdf_structure import quiet
from corpus.extraction.wire import MOST_PIXELS

Pixels = npt.NDArray[np.uint8]
"""``(height, width, 3)``: red, green, blue."""

_PDF = b"%PDF-"


def draw_page(path: Path, number: int, width: int, passwords: Sequence[str] = ()) -> Pixels:
    """Draw a page ``width`` pixels wide, less when it is so high that it would not hold in ``MOST_PIXELS``.

    Only that page is read: a report of 500 pages costs what a note does. An image is not enlarged.

    Args:
        number: 1 for the first page or frame.

    Raises:
        ExtractionFailure: the file is damaged, protected, or has no such page; or it has no pages to draw.
    """
    with quiet():
        if is_pdf(path):
            return _draw_pdf(path, number, width, passwords)
        try:
            with Image.open(path, formats=FORMATS) as image:
                return _draw_frame(image, number, width)
        except UnidentifiedImageError as error:
            raise unsupported("ni PDF, ni image") from error
        except Image.DecompressionBombError as error:
            raise quarantined("L’image est trop grande pour être une page") from error
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise damaged("l’image") from error


def is_pdf(path: Path) -> bool:
    """Whether a file is a PDF: its mark stands within the first kilobyte."""
    with path.open("rb") as file:
        return _PDF in file.read(1_024)


def _draw_pdf(path: Path, number: int, width: int, passwords: Sequence[str]) -> Pixels:
    document, _ = open_document(path, passwords)
    try:
        if not 1 <= number <= len(document):
            raise no_such_page(number)
        return _rendered(with_forms(document)[number - 1], width)
    except pdfium.PdfiumError as error:
        raise damaged(f"la page {number}") from error
    finally:
        document.close()


def _rendered(page: Any, width: int) -> Pixels:
    across, down = page.get_size()
    if not (across > 0 and down > 0):
        raise damaged("la page, qui n’a pas de dimensions,")
    scale = min(width / across, (MOST_PIXELS / (across * down)) ** 0.5)
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True)
    try:
        return np.array(bitmap.to_numpy()[:, :, :3], dtype=np.uint8)
    finally:
        bitmap.close()


def _draw_frame(image: Image.Image, number: int, width: int) -> Pixels:
    if not 1 <= number <= getattr(image, "n_frames", 1):
        raise no_such_page(number)
    image.seek(number - 1)
    if image.width * image.height > MAX_FRAME_PIXELS:
        raise quarantined("L’image est trop grande pour être une page")
    shown = on_paper(image)
    scale = min(width / shown.width, (MOST_PIXELS / (shown.width * shown.height)) ** 0.5, 1.0)
    size = (max(1, round(shown.width * scale)), max(1, round(shown.height * scale)))
    return np.array(shown.convert("RGB").resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0), dtype=np.uint8)


def no_such_page(number: int) -> ExtractionFailure:
    """The file has fewer pages than that."""
    return quarantined(f"Le fichier n’a pas de page {number}", remedy="Demandez une page du document")
