"""What the document page shows: pages cut into blocks, with the passage and its marks in place."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from corpus.document import Block, BlockKind, Document, Page, PageKind, Span
from search_api.engine.answer import FoundPassage, HighlightKind
from search_api.engine.finding import Findings
from search_api.http.french import page_name, paged
from search_api.http.wire import QUOTE_CHARS, VERSION_DIGITS, document_page_url, spans_text
from search_api.web.marks import Mark, Segment, on_pages, passage_marks, segments

PAGES_SHOWN = 10
CELL = " | "
"""What extraction puts between the cells of a table row."""
_SPAN = re.compile(r"([0-9]{1,6}):([0-9]{1,9})-([0-9]{1,9})")
_MARK = re.compile(r"([wms])([0-9]{1,6}):([0-9]{1,9})-([0-9]{1,9})")
_MOST_SPANS = 50
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
            spans=tuple(
                Span(int(page), int(start), int(end))
                for page, start, end in _SPAN.findall(params.get("passage", ""))[:_MOST_SPANS]
            ),
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


def find_again(pages: Sequence[Page], quote: str) -> Span | None:
    """Where the quoted words stand now, whatever the blanks between them; None when they left."""
    words = quote.split()
    if not words:
        return None
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
    for page in pages:
        match = pattern.search(page.text)
        if match:
            return Span(page.number, match.start(), match.end())
    return None


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


@dataclass(frozen=True, slots=True)
class Reading:
    """The part of a document that one URL shows.

    Attributes:
        shown: numbers of the first and last page shown.
        found: the passage is on these pages.
        moved: the document changed since the link was made, and the passage was found again.
        gone: the document changed since, and the passage is not in it any more.
        spans: where the passage stands in the version shown.
    """

    document: Document
    pages: list[PageView]
    total: int
    shown: tuple[int, int]
    found: bool
    moved: bool
    gone: bool
    spans: tuple[Span, ...]
    previous: int | None
    following: int | None


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


def read_document(
    document: Document, pages: Sequence[Page], place: Place, wanted: int | None, findings: Findings
) -> Reading:
    """The pages around ``wanted``, or the first finding, or the passage, with all that is marked in place."""
    changed = bool(place.version) and document.version[: len(place.version)] != place.version
    spans, marks = place.spans, list(place.marks)
    moved = gone = False
    if changed:
        again = find_again(pages, place.quote)
        spans, marks = (again,) if again else (), []
        moved, gone = again is not None, again is None
    by_page: dict[int, list[Mark]] = defaultdict(list)
    for span in spans:
        by_page[span.page].append(Mark(span.start, span.end, "passage"))
    for number, mark in marks:
        by_page[number].append(mark)
    for span in findings.spans:
        by_page[span.page].append(Mark(span.start, span.end, "found"))
    numbers = [page.number for page in pages]
    first_found = findings.pages[0][0] if findings.pages else None
    target = wanted or first_found or (spans[0].page if spans else 1)
    index = numbers.index(target) if target in numbers else 0
    first = index // PAGES_SHOWN * PAGES_SHOWN
    shown = pages[first : first + PAGES_SHOWN]
    views = []
    anchored, level = False, 2
    for page in shown:
        if page.kind is not PageKind.TEXT:
            # Each numbered page has a heading of its own, of level 2.
            level = 2
        view, anchored, level = _page_view(page, by_page[page.number], anchored=anchored, level=level)
        views.append(view)
    return Reading(
        document=document,
        pages=views,
        total=len(pages),
        shown=(shown[0].number, shown[-1].number) if shown else (0, 0),
        found=anchored,
        moved=moved,
        gone=gone,
        spans=spans,
        previous=numbers[first - PAGES_SHOWN] if first else None,
        following=numbers[first + PAGES_SHOWN] if first + PAGES_SHOWN < len(numbers) else None,
    )


@dataclass(frozen=True, slots=True)
class Quotation:
    """A passage as it is quoted: its words, its page, and the address where it is found again."""

    quote: str
    place: str
    link: str


def quotation(reading: Reading, pages: Sequence[Page], origin: str) -> Quotation | None:
    """The quotation of the passage shown, or None without one; ``origin`` is the server's address."""
    by_number = {page.number: page for page in pages}
    parts = [by_number[span.page].text[span.start : span.end] for span in reading.spans if span.page in by_number]
    quote = " ".join(" ".join(parts).split())
    if not quote:
        return None
    document, first = reading.document, by_number.get(reading.spans[0].page)
    paging = paged(document.media_type, document.pages) and first is not None
    pairs = [
        ("passage", spans_text(reading.spans)),
        ("version", document.version[:VERSION_DIGITS]),
        ("texte", quote[:QUOTE_CHARS]),
    ]
    return Quotation(
        quote=quote,
        place=page_name(document.media_type, first.number, first.label) if paging and first else "",
        link=f"{origin.rstrip('/')}{document_page_url(document.id)}?{urlencode(pairs, safe=':,')}#passage",
    )
