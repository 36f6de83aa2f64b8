"""Image files as documents: each frame is a page, read by OCR."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.layout_lines import sheet_lines
from corpus.extraction.layout_pages import LaidPage, first_heading, lay_out
from corpus.extraction.ocr import GreyPixels, OcrEngine, OcrError, awaiting_ocr
from corpus.extraction.ocr_page import read_page
from corpus.extraction.pdf_structure import quiet
from corpus.french.wordlist import french_words

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
MAX_FRAMES = 1_000
MAX_FRAME_PIXELS = 130_000_000
"""A0 at 300 dpi has 139 million; a frame is held twice while it is straightened."""
A4_INCHES = 8.27


def extract_image(
    path: Path,
    *,
    ocr: OcrEngine | None = None,
    on_page: Callable[[int, int], None] | None = None,
) -> Extracted:
    """Read a PNG, JPEG, TIFF (all its frames), BMP, GIF or WebP image.

    Args:
        ocr: reads the frames; without it the file waits.
        on_page: told each frame read and how many there are.

    Raises:
        ExtractionFailure: AWAITING_OCR without engine (or when it failed on all frames), QUARANTINED when the
            image is damaged or larger than a scanned page can be.
    """
    with quiet():
        try:
            with Image.open(path, formats=FORMATS) as image:
                return _read(image, ocr, on_page)
        except ExtractionFailure:
            raise
        except Image.DecompressionBombError as error:
            raise _too_large() from error
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
            raise _damaged() from error


def _read(image: Image.Image, ocr: OcrEngine | None, on_page: Callable[[int, int], None] | None) -> Extracted:
    # Decoders of some formats only find damage once all pixels are read.
    if image.width * image.height > MAX_FRAME_PIXELS:
        raise _too_large()
    if ocr is None:
        image.load()
        raise awaiting_ocr("Le fichier est une image")
    count = min(getattr(image, "n_frames", 1), MAX_FRAMES)
    media_type = Image.MIME.get(image.format or "", "image/png")
    laid: list[LaidPage] = []
    awaiting: list[int] = []
    unread: list[int] = []
    for number, frame in enumerate(_frames(image, count), 1):
        if frame is None:
            unread.append(number)
            laid.append(LaidPage([]))
            continue
        pixels, dpi = frame
        size = (pixels.shape[1] * 72 / dpi, pixels.shape[0] * 72 / dpi)
        try:
            sheet = read_page(pixels, dpi, ocr).sheet
            laid.append(LaidPage(sheet_lines(sheet), sheet.width, sheet.height, by_ocr=True, size=size))
        except OcrError:
            awaiting.append(number)
            laid.append(LaidPage([], *size))
        if on_page is not None:
            on_page(number, count)
    if len(unread) == len(laid):
        raise _damaged()
    if awaiting and not any(page.lines for page in laid):
        raise awaiting_ocr("La reconnaissance de caractères a échoué sur l’image")
    pages = lay_out(laid, outline={}, french=french_words())
    title = first_heading(pages)
    silent = not any(page.text for page in pages)
    return Extracted(
        media_type=media_type,
        pages=tuple(pages),
        title=title,
        origins={"title": "page 1"} if title else {},
        unread_pages=tuple(unread),
        awaiting_ocr=tuple(awaiting),
        warnings=("Aucun texte n’a été reconnu dans l’image",) if silent else (),
    )


def _frames(image: Image.Image, count: int) -> Iterator[tuple[GreyPixels, float] | None]:
    """Grey levels and resolution of each frame; None for one that cannot be decoded."""
    for index in range(count):
        try:
            image.seek(index)
            if image.width * image.height > MAX_FRAME_PIXELS:
                yield None
                continue
            yield _grey(image), _dpi(image)
        except (OSError, ValueError, SyntaxError, EOFError):
            yield None


def on_paper(image: Image.Image) -> Image.Image:
    """The frame as it is looked at: upright, on white paper, 256 levels a colour."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        colours = upright.convert("RGBA")
        paper = Image.new("RGBA", colours.size, "white")
        upright = Image.alpha_composite(paper, colours)
    if upright.mode.startswith(("I", "F")):
        levels = np.asarray(upright, dtype=np.float64)
        top = max(float(levels.max()), 1.0)
        return Image.fromarray(np.asarray(levels * (255.0 / top)).clip(0, 255).astype(np.uint8))
    return upright


def _grey(image: Image.Image) -> GreyPixels:
    return np.array(on_paper(image).convert("L"), dtype=np.uint8)


def _dpi(image: Image.Image) -> float:
    """As the file says when it is believable; else as if the image were an A4 page's width."""
    said = image.info.get("dpi")
    try:
        dpi = float(said[0]) if said else 0.0
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        dpi = 0.0
    if 99 <= dpi <= 1_300:
        return dpi
    shorter = min(image.width, image.height)
    return min(max(shorter / A4_INCHES, 72.0), 600.0)


def _damaged() -> ExtractionFailure:
    return ExtractionFailure(
        FailureState.QUARANTINED,
        "L’image est endommagée et ne peut pas être lue",
        remedy="Demandez un nouvel exemplaire du fichier, ou numérisez le document à nouveau",
    )


def _too_large() -> ExtractionFailure:
    return ExtractionFailure(
        FailureState.QUARANTINED,
        "L’image est trop grande pour être une page (plus de 130 millions de pixels)",
        remedy="Réduisez sa résolution, puis déposez-la à nouveau",
    )
