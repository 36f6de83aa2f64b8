"""One page image to words in points: prepared, read, and read again turned when it made no sense."""

import math
import statistics
from dataclasses import dataclass

from corpus.extraction.layout import LaidWord, Sheet
from corpus.extraction.ocr import GreyPixels, OcrEngine, OcrWord
from corpus.extraction.ocr_image import Prepared, prepare
from corpus.extraction.ocr_quality import Readability, readability

# Mean confidence measured at 150 dpi: 0.91 as a bad fax or a worn original, 0.28 to 0.34 upside down or sideways.
DOUBTFUL = 0.62
PLAIN_SIZE = 10.0
"""Font size given to the running text of a page read by OCR: heights are too noisy to be trusted."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What OCR made of a page: a sheet in points of the page image, and how well it reads."""

    sheet: Sheet
    text: str
    confidence: float
    quality: Readability


def read_page(pixels: GreyPixels, dpi: float, engine: OcrEngine) -> Reading:
    """Read one page image.

    Args:
        pixels: ``(height, width)`` grey levels, as scanned.
        dpi: of ``pixels``; boxes are given in points of 1/72 inch.

    Raises:
        OcrError: the engine failed.
    """
    prepared = prepare(pixels, dpi)
    words = engine.read(prepared.pixels, prepared.dpi)
    if _confidence(words) < DOUBTFUL:
        turn = engine.orientation(prepared.pixels, prepared.dpi)
        if turn:
            turned = prepare(pixels, dpi, quarter=turn)
            again = engine.read(turned.pixels, turned.dpi)
            if _weight(again) > _weight(words):
                prepared, words = turned, again
    text = " ".join(word.text for word in words)
    return Reading(_sheet(prepared, dpi, words), text, _confidence(words), readability(text))


def _confidence(words: tuple[OcrWord, ...]) -> float:
    letters = sum(len(word.text) for word in words)
    return sum(len(word.text) * word.confidence for word in words) / letters if letters else 0.0


def _weight(words: tuple[OcrWord, ...]) -> float:
    """How much was read for sure: doubtful characters count against."""
    return sum(len(word.text) * (word.confidence - 0.5) for word in words)


def _sheet(prepared: Prepared, dpi: float, words: tuple[OcrWord, ...]) -> Sheet:
    to_points = 72.0 / prepared.dpi
    height, width = prepared.pixels.shape
    sizes = _line_sizes(words)
    plain = _plain_height(words, sizes)
    laid: list[LaidWord] = []
    for word in words:
        left, top, right, bottom = prepared.back(word.box)
        scale = 72.0 / dpi
        ratio = sizes[word.line] / plain
        laid.append(
            LaidWord(
                text=word.text,
                box=tuple(value * to_points for value in word.box),  # type: ignore[arg-type]
                size=_stepped(ratio),
                line=word.line,
                confidence=word.confidence,
                place=(left * scale, top * scale, right * scale, bottom * scale),
            )
        )
    return Sheet(width * to_points, height * to_points, laid)


def _stepped(ratio: float) -> float:
    """A font size by steps of 1.3: ascenders and descenders alone make equal lines differ by a fifth."""
    if 0.75 <= ratio <= 1.3:
        return PLAIN_SIZE
    return round(PLAIN_SIZE * 1.3 ** (round(math.log(ratio, 1.3)) or math.copysign(1, ratio - 1)), 1)


def _line_sizes(words: tuple[OcrWord, ...]) -> dict[int, float]:
    """Height of each line's letters in pixels: the upper quarter of its words' heights."""
    heights: dict[int, list[float]] = {}
    for word in words:
        heights.setdefault(word.line, []).append(word.box[3] - word.box[1])
    return {line: sorted(values)[(3 * len(values)) // 4 if len(values) > 1 else 0] for line, values in heights.items()}


def _plain_height(words: tuple[OcrWord, ...], sizes: dict[int, float]) -> float:
    weighted = [sizes[word.line] for word in words for _ in range(min(len(word.text), 10))]
    return max(statistics.median(weighted), 1.0) if weighted else 1.0
