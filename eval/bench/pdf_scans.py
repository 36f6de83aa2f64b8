"""Known texts set as pages, spoiled as scanners and faxes do, and read back.

Pages are set in Liberation Serif 11 points, A4, left ragged, by Pillow; so the truth is the text itself. The
damages and their strengths were fixed before the first reading and never changed afterwards; what the first
readings showed (specks enlarged with the page, rows lost by faxes) was put right on another text.
"""

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from corpus.extraction.layout_lines import sheet_lines
from corpus.extraction.layout_pages import LaidPage, lay_out
from corpus.extraction.ocr import GreyPixels, OcrEngine
from corpus.extraction.ocr_page import read_page
from corpus.french.wordlist import french_words
from eval.bench.pdf_measures import edit_distance, words
from eval.significance import bootstrap

RESOLUTIONS = (300, 200, 150)
_FONTS = (
    "/usr/share/fonts/truetype/liberation/LiberationSerif-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf",
)
_POINTS = 11
_LINES = 50
_COLUMNS = 88
# Tables and rules drawn with characters: no paper is printed so.
_DRAWN = re.compile(r"[|\u2500-\u257f]|([-=_*~+.])\1{3}")
_FOLD = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " ", "\u202f": " "})


def text_pages(text: str) -> list[str]:
    """A text as pages of at most 50 lines of 88 characters, its paragraphs kept."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        lines += textwrap.wrap(paragraph, _COLUMNS, break_on_hyphens=False, break_long_words=False) or [""]
    return ["\n".join(lines[start : start + _LINES]) for start in range(0, len(lines), _LINES)]


def set_page(text: str, dpi: int) -> GreyPixels:
    """One page of :func:`text_pages` as an A4 picture, black on white."""
    image = Image.new("L", (round(8.27 * dpi), round(11.69 * dpi)), 255)
    pen = ImageDraw.Draw(image)
    font = _font(_POINTS * dpi / 72)
    for place, line in enumerate(text.splitlines()):
        pen.text((0.9 * dpi, 0.9 * dpi + place * 14.5 * dpi / 72), line, font=font, fill=0)
    return np.array(image)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in _FONTS:
        if Path(name).exists():
            return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)


def _noise(page: GreyPixels, dice: np.random.Generator) -> GreyPixels:
    """A worn original: blurred, grey grain of 25 levels, half a percent of specks."""
    soft = np.asarray(Image.fromarray(page).filter(ImageFilter.GaussianBlur(0.7)), dtype=np.float64)
    soft = 235 * soft / 255 + dice.normal(0, 25, page.shape)
    specks = dice.random(page.shape) < 0.005
    soft[specks] = dice.choice([0.0, 255.0], int(specks.sum()))
    return soft.clip(0, 255).astype(np.uint8)


def _skew(page: GreyPixels, _: np.random.Generator) -> GreyPixels:
    """Laid crooked by 1.7 degrees, the spine's shadow on the left."""
    turned = Image.fromarray(page).rotate(1.7, resample=Image.Resampling.BICUBIC, fillcolor=255)
    shadow = 1 - 0.4 * np.exp(-np.arange(page.shape[1]) / (0.05 * page.shape[1]))
    return np.asarray(np.asarray(turned) * shadow[None, :]).astype(np.uint8)


def _fax(page: GreyPixels, dice: np.random.Generator) -> GreyPixels:
    """Blurred, black or white at a threshold, 0.3 % of specks, one broken line in 300."""
    soft = np.asarray(Image.fromarray(page).filter(ImageFilter.GaussianBlur(0.8)))
    sharp = np.where(soft < 150, 0, 255).astype(np.uint8)
    specks = dice.random(page.shape) < 0.003
    sharp[specks] = 255 - sharp[specks]
    sharp[dice.random(page.shape[0]) < 1 / 300] = 255
    return sharp


DAMAGES: dict[str, Callable[[GreyPixels, np.random.Generator], GreyPixels]] = {
    "clean": lambda page, _: page,
    "noise": _noise,
    "skew": _skew,
    "fax": _fax,
}


def chosen_pages(text: str, count: int) -> list[str]:
    """At most ``count`` full pages of a text, evenly apart; lines that draw a table or a rule are left out."""
    pages = text_pages("\n".join(line for line in text.splitlines() if not _DRAWN.search(line)))
    full = [page for page in pages if len(page) > 0.5 * max(map(len, pages))] or pages
    count = min(count, len(full))
    return [full[(2 * place + 1) * len(full) // (2 * count)] for place in range(count)]


def measure_scans(
    texts: Mapping[str, Sequence[str]], engine: OcrEngine, *, resolutions: Sequence[int] = RESOLUTIONS
) -> dict[str, Any]:
    """Character and word error rates by resolution and damage: of each text's pages, and of all together.

    Case, accents and punctuation count; blanks count as one, and typographic quotes and dashes as plain ones. The
    intervals, at 95 %, are of the mean of all pages' rates, pages resampled.
    """
    found: dict[str, Any] = {name: {"pages": len(pages)} for name, pages in texts.items()}
    found["all"] = {"pages": len(list(chain.from_iterable(texts.values())))}
    for dpi in resolutions:
        for damaged, damage in DAMAGES.items():
            dice = np.random.default_rng(dpi)
            everything: list[_Errors] = []
            for name, pages in texts.items():
                read = [_errors(text, _read(damage(set_page(text, dpi), dice), dpi, engine)) for text in pages]
                found[name][f"{dpi}_{damaged}"] = _rates(read)
                everything += read
            rates = _rates(everything)
            rates["cer_95"] = _interval([page.characters for page in everything])
            rates["wer_95"] = _interval([page.words for page in everything])
            found["all"][f"{dpi}_{damaged}"] = rates
    return found


def _read(picture: GreyPixels, dpi: int, engine: OcrEngine) -> str:
    sheet = read_page(picture, dpi, engine).sheet
    laid = LaidPage(sheet_lines(sheet), sheet.width, sheet.height, by_ocr=True)
    return lay_out([laid], outline={}, french=french_words())[0].text


@dataclass(frozen=True, slots=True)
class _Errors:
    """Of one page: wrong and all, characters and words."""

    characters: tuple[int, int]
    words: tuple[int, int]


def _errors(written: str, read: str) -> _Errors:
    a, b = (" ".join(text.translate(_FOLD).split()) for text in (written, read))
    return _Errors((edit_distance(b, a), len(a)), (edit_distance(words(b), words(a)), len(words(a))))


def _rates(pages: Sequence[_Errors]) -> dict[str, Any]:
    return {
        name: round(sum(wrong for wrong, _ in counts) / max(sum(total for _, total in counts), 1), 4)
        for name, counts in (("cer", [p.characters for p in pages]), ("wer", [p.words for p in pages]))
    }


def _interval(pages: Sequence[tuple[int, int]]) -> list[float]:
    found = bootstrap([wrong / max(total, 1) for wrong, total in pages])
    return [round(found.low, 4), round(found.high, 4)]


def plain_text(markdown: str) -> str:
    """A Markdown text without its marks, as it would be printed."""
    return "\n".join(_plain_lines(markdown))


def _plain_lines(markdown: str) -> Iterator[str]:
    for line in markdown.splitlines():
        bare = line.strip().lstrip("#").replace("**", "").replace("<http", "http").replace("/>", "/")
        yield " ".join(bare.split())
