"""The image of a page with what stands out on it: rectangles of an SVG laid over it, never styles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from corpus.document import Document, Page, Word
from search_api.engine.page_picture import WIDTHS
from search_api.http.boxes import boxes_of
from search_api.web.marks import Mark

_MARGIN = 1.5
"""Points around a word, so that the frame does not touch its letters."""
_THUMBNAIL, _SHOWN = WIDTHS[0], WIDTHS[2]
THUMBNAILS_AROUND = 3
MOST_THUMBNAILS = 24


def image_url(document: Document, number: int, width: int) -> str:
    """The image of a page of the version shown."""
    pairs = urlencode({"width": width, "version": document.version[:16]})
    return f"/api/v1/documents/{quote(document.id, safe='')}/pages/{number}/image?{pairs}"


def has_images(document: Document, page: Page | None) -> bool:
    """Whether the pages of a document can be seen as images."""
    imaged = document.media_type == "application/pdf" or document.media_type.startswith("image/")
    return imaged and page is not None and page.size is not None


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle over the page, in points; ``kind`` is one of the names templates know."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A page's image ready for its template; ``width`` and ``height`` in points."""

    url: str
    sources: str
    large: str
    width: float
    height: float
    frames: list[Frame]


def picture_of(document: Document, page: Page, words: Sequence[Word], marks: Iterable[Mark]) -> Picture:
    """The image of a page with its marks framed, those of a kind after those that hold them."""
    assert page.size is not None  # noqa: S101 - asked before
    rank = {"passage": 0, "best": 1, "meaning": 2, "word": 3, "found": 4, "here": 5}
    frames = [
        Frame(
            mark.kind,
            round(left - _MARGIN, 2),
            round(top - _MARGIN, 2),
            round(right - left + 2 * _MARGIN, 2),
            round(bottom - top + 2 * _MARGIN, 2),
        )
        for mark in sorted(marks, key=lambda mark: rank.get(mark.kind, 0))
        if mark.kind != "best"
        for left, top, right, bottom in boxes_of(words, mark.start, mark.end)
    ]
    return Picture(
        url=image_url(document, page.number, _SHOWN),
        sources=", ".join(f"{image_url(document, page.number, width)} {width}w" for width in WIDTHS[1:]),
        large=image_url(document, page.number, WIDTHS[-1]),
        width=round(page.size[0], 2),
        height=round(page.size[1], 2),
        frames=frames,
    )


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A page among the others.

    Attributes:
        found: how many times the words looked for stand on it.
        passage: the passage stands on it.
        apart: pages are left out before it.
    """

    number: int
    image: str
    found: int
    passage: bool
    here: bool
    apart: bool


def thumbnails(document: Document, here: int, counts: dict[int, int], passage: Iterable[int]) -> list[Thumbnail]:
    """The pages around the one shown, those that hold what is looked for, the first and the last."""
    held = set(passage)
    wanted = {1, document.pages, *range(here - THUMBNAILS_AROUND, here + THUMBNAILS_AROUND + 1), *held}
    wanted |= set(sorted(counts, key=lambda number: abs(number - here))[: MOST_THUMBNAILS - len(wanted)])
    numbers = sorted(number for number in wanted if 1 <= number <= document.pages)
    return [
        Thumbnail(
            number=number,
            image=image_url(document, number, _THUMBNAIL),
            found=counts.get(number, 0),
            passage=number in held,
            here=number == here,
            apart=place > 0 and numbers[place - 1] != number - 1,
        )
        for place, number in enumerate(numbers)
    ]
