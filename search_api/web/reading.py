"""What the document page shows: pages cut into blocks, with the passage and its marks in place."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from corpus.anchors import squeezed, texts_of
from corpus.document import Block, BlockKind, Document, Page, PageKind, Span
from search_api.engine.answer import FoundPassage, HighlightKind
from search_api.http.french import page_name, paged
from search_api.http.wire import read_spans, spans_url
from search_api.web.marks import Mark, Segment, on_pages, passage_marks, segments

CELL = " | "
"""What extraction puts between the cells of a table row."""
_MARK = re.compile(r"([wms])([0-9]{1,6}):([0-9]{1,9})-([0-9]{1,9})")
_MOST_MARKS = 80
_LETTERS = {HighlightKind.WORD.value: "w", HighlightKind.MEANING.value: "m", "best": "s"}
_NAMES = {letter: kind for kind, letter in _LETTERS.items()}
_VERSION = re.compile(r"[0-9a-f]{8,64}")
_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class Place:
    """The passage a link leads to.

    Attributes:
        version: first digits of the version it was read in, or "".
        quote: its first words, to find it again in another version, or "".
        marks: what stood out in it, by page.
    """

    spans: tuple[Span, ...] = ()
    version: str = ""
    quote: str = ""
    marks: tuple[tuple[int, Mark], ...] = ()

    @classmethod
    def read(cls, params: QueryParams) -> "Place":
        """The place in a URL; what cannot be read is left out."""
        version = params.get("version", "")
        return cls(
            spans=read_spans(params.get("passage", "")),
            version=version if _VERSION.fullmatch(version) else "",
            quote=params.get("texte", "")[:_LONGEST_QUOTE],
            marks=tuple(
                (int(page), Mark(int(start), int(end), _NAMES[letter]))
                for letter, page, start, end in _MARK.findall(params.get("marques", ""))[:_MOST_MARKS]
            ),
        )


def marks_text(passage: FoundPassage) -> str:
    """The marks of a found passage as a URL carries them, read back by :meth:`Place.read`."""
    placed = on_pages(passage.spans, passage.text, passage_marks(passage))
    return ",".join(f"{_LETTERS[mark.kind]}{page}:{mark.start}-{mark.end}" for page, mark in placed[:_MOST_MARKS])


@dataclass(frozen=True, slots=True)
class BlockView:
    """A block ready for its template.

    Attributes:
        level: of a heading on the page, 3 to 6.
        rows: cells of a table, for neighbouring rows put together; their separators are left out.
    """

    kind: str
    level: int
    segments: list[Segment]
    rows: list[list[list[Segment]]]
    in_passage: bool
    first_of_passage: bool


@dataclass(frozen=True, slots=True)
class PageView:
    """A page ready for its template."""

    number: int
    label: str
    blocks: list[BlockView]
    ocr_confidence: float | None
    titled: bool


def _blocks(page: Page) -> Sequence[Block]:
    return page.blocks or (Block(BlockKind.PARAGRAPH, 0, len(page.text)),)


def _cells(page: Page, block: Block, marks: Sequence[Mark]) -> list[list[Segment]]:
    cells, start = [], block.start
    for text in page.text[block.start : block.end].split(CELL):
        cells.append(segments(page.text, marks, start, start + len(text)))
        start += len(text) + len(CELL)
    return cells


def _page_view(page: Page, marks: Sequence[Mark], *, anchored: bool, level: int) -> tuple[PageView, bool, int]:
    """The page, whether the passage's anchor was put on it, and the last heading level used."""
    views: list[BlockView] = []
    for block in _blocks(page):
        if not page.text[block.start : block.end].strip():
            continue
        cut = segments(page.text, marks, block.start, block.end)
        in_passage = any(segment.passage for segment in cut)
        row = block.kind is BlockKind.TABLE_ROW
        # A passage may begin inside a table: its rows then start a table of their own, marked as the passage.
        if row and views and views[-1].rows and views[-1].in_passage == in_passage:
            views[-1].rows.append(_cells(page, block, marks))
            continue
        first = in_passage and not anchored
        anchored = anchored or first
        if block.kind is BlockKind.HEADING:
            # Levels are closed up (a document may jump from 1 to 4): screen readers navigate by them.
            level = min(max(3, block.level + 2), level + 1, 6)
        rows = [_cells(page, block, marks)] if row else []
        views.append(BlockView(block.kind.value, level, cut, rows, in_passage, first))
    titled = page.kind is not PageKind.TEXT
    return PageView(page.number, page.label, views, page.ocr_confidence, titled), anchored, level


def page_views(pages: Sequence[Page], marks: Mapping[int, Sequence[Mark]]) -> list[PageView]:
    """Pages ready for their template, with what stands out on each."""
    views = []
    anchored, level = False, 2
    for page in pages:
        if page.kind is not PageKind.TEXT:
            # Each numbered page has a heading of its own, of level 2.
            level = 2
        view, anchored, level = _page_view(page, marks.get(page.number, ()), anchored=anchored, level=level)
        views.append(view)
    return views


@dataclass(frozen=True, slots=True)
class Quotation:
    """A passage as it is quoted: its words, its page, and the address where it is found again."""

    quote: str
    place: str
    link: str


def quotation(document: Document, spans: Sequence[Span], pages: Sequence[Page], origin: str) -> Quotation | None:
    """The quotation of a passage that stands on some pages, or None without one; ``origin`` is the server's address."""
    quote = squeezed(" ".join(texts_of(pages, spans)))
    if not quote:
        return None
    first = next(page for page in pages if page.number == spans[0].page)
    return Quotation(
        quote=quote,
        place=page_name(document.media_type, first.number, first.label)
        if paged(document.media_type, document.pages)
        else "",
        link=f"{origin.rstrip('/')}{spans_url(document, spans, quote)}",
    )
