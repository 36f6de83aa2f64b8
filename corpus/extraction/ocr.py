"""What an OCR engine is to extraction: pixels in, words with boxes and confidences out."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from corpus.errors import ReuniError
from corpus.extraction.extracted import ExtractionFailure, FailureState

GreyPixels = npt.NDArray[np.uint8]
"""``(height, width)``, 0 black, 255 white."""


@dataclass(frozen=True, slots=True)
class OcrWord:
    """One word as read.

    Attributes:
        text: never blank.
        box: left, top, right, bottom in pixels of the image given, origin top left.
        confidence: 0 to 1, the engine's own.
        line: words with the same number were read as one line.
    """

    text: str
    box: tuple[float, float, float, float]
    confidence: float
    line: int


@dataclass(frozen=True, slots=True)
class OcrReading:
    """What the engine answered on one image: how far to turn it, or its words.

    Attributes:
        key: of the image and the question (see :mod:`corpus.extraction.ocr_cache`), in hexadecimal.
    """

    key: str
    turn: int | None = None
    words: tuple[OcrWord, ...] | None = None


class OcrEngine(Protocol):
    """Reads one page image. The image is given upright and straight."""

    @property
    def identity(self) -> str:
        """Name, version, language and settings: what a cached reading depends on besides the pixels."""
        ...

    def orientation(self, pixels: GreyPixels, dpi: float) -> int:
        """Degrees (0, 90, 180, 270) to turn the image clockwise to stand upright; 0 when unsure."""
        ...

    def read(self, pixels: GreyPixels, dpi: float) -> tuple[OcrWord, ...]:
        """The words in reading order.

        Raises:
            OcrError: the engine failed on this image.
        """
        ...


class OcrError(ReuniError):
    """The OCR engine failed on one image; the page waits for another try."""


def awaiting_ocr(what: str) -> ExtractionFailure:
    """The failure of a file that only OCR can read, where there is none.

    Args:
        what: begins the message: what the file is, in French.
    """
    return ExtractionFailure(
        FailureState.AWAITING_OCR,
        f"{what}, et la reconnaissance de caractères n’est pas disponible",
        remedy="Installez Tesseract et sa langue française (paquets tesseract-ocr et tesseract-ocr-fra), "
        "puis lancez « reuni index --retry »",
    )
