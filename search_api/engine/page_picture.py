"""A page's pixels to an image that browsers show: always one that this process made itself."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from corpus.extraction.page_reader import DrawnPage

WIDTHS = (160, 480, 1_000, 1_500, 2_000)
"""Pixels across: widths asked for are rounded up to one of these, so that few images are kept."""
DRAWING = "1"
"""To be changed with what follows, so that images kept by browsers and on disk are made anew."""
_HEAVY = 250_000
_PNG = b"\x89PNG"


@dataclass(frozen=True, slots=True)
class PageImage:
    """An encoded image of a page."""

    content: bytes

    @property
    def media_type(self) -> str:
        """Of the content: ``image/png`` or ``image/webp``."""
        return "image/png" if self.content.startswith(_PNG) else "image/webp"


def rounded_width(width: int) -> int:
    """The width that is drawn for one that is asked."""
    return next((step for step in WIDTHS if step >= width), WIDTHS[-1])


def encode(page: DrawnPage) -> PageImage:
    """PNG, in grey where nothing is coloured; WebP for what would weigh too much as PNG (photographs, scans).

    Measured on three pages of print, 1,000 pixels wide: grey PNG 59 to 97 kB in 40 to 56 ms, WebP at quality 75 60 to
    90 kB in 112 to 133 ms, with blurred letters.
    """
    levels = np.frombuffer(page.pixels, np.uint8).reshape(page.height, page.width, 3)
    grey = bool((levels[:, :, 0] == levels[:, :, 1]).all() and (levels[:, :, 1] == levels[:, :, 2]).all())
    image = Image.fromarray(np.ascontiguousarray(levels[:, :, 0]) if grey else levels)
    out = io.BytesIO()
    image.save(out, "PNG")
    if out.tell() > _HEAVY:
        out = io.BytesIO()
        image.convert("RGB").save(out, "WEBP", quality=75, method=2)
    return PageImage(out.getvalue())
