"""Which pages of a PDF need OCR, and their images."""

from enum import StrEnum
from itertools import islice
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from corpus.extraction.layout import Sheet
from corpus.extraction.ocr import GreyPixels, OcrEngine
from corpus.extraction.ocr_image import MAX_PIXELS, READING_DPI
from corpus.extraction.ocr_page import Reading, read_page
from corpus.extraction.ocr_quality import readability

# A picture over this share of the page is the page.
PICTURE_SHARE = 0.5
# Letters drawn as outlines take many paths; frames and rules on an empty page take few.
OUTLINE_PATHS = 20
_MAX_OBJECTS = 2_000


class Need(StrEnum):
    """Why a page should be read by OCR, or that it should not."""

    NONE = "none"
    NO_TEXT = "no_text"
    GARBLED = "garbled"
    """Its characters are no language: the font came without its character map."""
    POOR = "poor"
    """A scan with a bad text layer."""


def needs_ocr(page: Any, sheet: Sheet) -> Need:
    """Decide for one page, from its words and what is drawn on it."""
    words = [word.text for group in (sheet.words, *sheet.aside) for word in group]
    if not words:
        return Need.NO_TEXT if _shows_something(page) else Need.NONE
    quality = readability(" ".join(words))
    if quality.garbled:
        return Need.GARBLED
    if quality.poor and _picture_share(page) >= PICTURE_SHARE:
        return Need.POOR
    return Need.NONE


def read_by_ocr(page: Any, engine: OcrEngine) -> Reading:
    """Render a page at 300 dpi (less when it is huge) and read it.

    Raises:
        OcrError: the engine failed.
    """
    width, height = page.get_size()
    scale = READING_DPI / 72
    pixels = width * height * scale * scale
    if pixels > MAX_PIXELS:
        scale *= (MAX_PIXELS / pixels) ** 0.5
    return read_page(render(page, scale), scale * 72, engine)


def render(page: Any, scale: float) -> GreyPixels:
    """``(height, width)`` grey levels, ``scale`` pixels a point."""
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        pixels = np.array(bitmap.to_numpy(), dtype=np.uint8)
    finally:
        bitmap.close()
    return pixels.reshape(pixels.shape[:2])


def _objects(page: Any, kind: int) -> list[Any]:
    return list(islice(page.get_objects(filter=[kind], max_depth=3), _MAX_OBJECTS))


def _shows_something(page: Any) -> bool:
    if _objects(page, pdfium_c.FPDF_PAGEOBJ_IMAGE) or _objects(page, pdfium_c.FPDF_PAGEOBJ_SHADING):
        return True
    return len(_objects(page, pdfium_c.FPDF_PAGEOBJ_PATH)) >= OUTLINE_PATHS


def _picture_share(page: Any) -> float:
    """Share of the page its largest picture, or its pictures cut in strips together, cover."""
    width, height = page.get_size()
    area = 0.0
    for picture in _objects(page, pdfium_c.FPDF_PAGEOBJ_IMAGE):
        left, bottom, right, top = picture.get_bounds()
        area += max(0.0, min(right - left, width)) * max(0.0, min(top - bottom, height))
    return float(area / max(width * height, 1.0))
