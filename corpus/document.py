"""The domain types: pages, blocks, spans, documents.

All offsets are Python string offsets (Unicode code points), half open, into :attr:`Page.text`.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum


class BlockKind(StrEnum):
    """What a stretch of a page is for."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    FOOTNOTE = "footnote"
    QUOTED = "quoted"
    """Quoted history of an e-mail: shown folded, not indexed again."""
    FURNITURE = "furniture"
    """Running heads and feet, page numbers: shown with the page, kept out of passages."""


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph-like stretch of a page: ``page.text[start:end]``.

    Attributes:
        level: heading level, 1 for the highest; 0 for what is not a heading.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0


class PageKind(StrEnum):
    """What the format calls a page."""

    PAGE = "page"
    SLIDE = "slide"
    SHEET = "sheet"
    MESSAGE = "message"
    TEXT = "text"
    """A format without pages (HTML, Markdown, text): one page holds everything."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word read by OCR, with its box in points of the page, origin top left."""

    start: int
    end: int
    box: tuple[float, float, float, float]
    confidence: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page and its structure.

    Attributes:
        number: 1 for the first.
        text: everything the page says, in reading order, NFC.
        blocks: in order of ``start``, not overlapping; together they cover all of ``text`` but blanks.
        label: the number printed on it or its name ("iv", a sheet's name), or "".
        size: width and height in points, when the format has one.
        ocr_confidence: mean word confidence, 0 to 1, when the text was read by OCR.
        words: boxes of the words, for pages read by OCR.
    """

    number: int
    text: str
    blocks: tuple[Block, ...]
    label: str = ""
    kind: PageKind = PageKind.TEXT
    size: tuple[float, float] | None = None
    ocr_confidence: float | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one page: ``pages[page - 1].text[start:end]``."""

    page: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One logical paper, as the index knows it.

    Attributes:
        id: 20 hexadecimal digits; survives new versions and moves.
        external_id: the name the outside knows it by: its path in the collection, or the ``_id`` of a
            BEIR corpus.
        version: SHA-256 of the current content, hexadecimal.
        title: for people; never empty.
        drop: name of the drop that brought the current version.
        kind: note, convention, avenant, arrete…, or "".
        media_type: of the file, e.g. ``application/pdf``.
        date: ISO 8601, possibly only a year or a month, or "".
        metadata: other fields (author, service, reference, language, keywords…), each a string.
        pages: how many.
    """

    id: str
    external_id: str
    version: str
    title: str
    drop: str
    media_type: str
    pages: int
    kind: str = ""
    date: str = ""
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def introduction(self) -> str:
        """What each passage is introduced by for the encoder: the title, or the first sentence of a document that
        states none (see ``lead`` in :mod:`indexer.ingest`)."""
        return self.metadata.get("lead") or self.title


def document_id(compartment: str, external_id: str) -> str:
    """The id given to a document when it is first seen (20 hexadecimal digits).

    It depends on where it was first seen, not on its content, so that a new version keeps it; the
    catalogue keeps it through moves.
    """
    return hashlib.blake2b(f"{compartment}\0{external_id}".encode(), digest_size=10).hexdigest()
