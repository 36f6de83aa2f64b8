"""Builds a page block by block, so that every block's offsets are exact by construction."""

import re
import unicodedata

from corpus.document import Block, BlockKind, Page, PageKind
from corpus.extraction.headings import numbered_heading

# Control characters, lone surrogates, and the marks that reorder what is displayed (bidi overrides and
# isolates): a text that reads otherwise than it is stored must not be quoted in a note.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufeff\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Single spaces, nearly all blanks there are, match nothing: twenty megabytes of words stay under 512 MiB.
_BLANKS = re.compile(r"[ \t\r\f\v]{2,}|[\t\r\f\v]")
_AROUND_BREAKS = re.compile(r" *\n *")
_TIGHT = frozenset({BlockKind.LIST_ITEM, BlockKind.TABLE_ROW, BlockKind.FOOTNOTE})
_DEEPEST = 32
_EARLY = 6
_LONGEST_TITLE = 150


def clean(text: str) -> str:
    """NFC, without control and bidi characters; line ends are ``\\n``."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text.replace("\x85", "\n")))


def one_line(text: str) -> str:
    """The text with every run of blanks, line ends included, made one space (NBSP are kept)."""
    return _BLANKS.sub(" ", clean(text).replace("\n", " ")).strip()


class PageBuilder:
    """Collects blocks in reading order and gives the page.

    Paragraphs that are headings by their numbering become headings, one level or more below the last
    heading that the format itself marked.
    """

    def __init__(self, *, marked_level: int = 0) -> None:
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0
        self.marked_level = marked_level

    def __bool__(self) -> bool:
        return bool(self._blocks)

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    def heading(self, text: str, level: int) -> None:
        """Add a heading that the format marks as such (level 1 or more)."""
        self.marked_level = max(1, min(level, _DEEPEST - 12))
        self._add(BlockKind.HEADING, one_line(text), self.marked_level)

    def paragraph(self, text: str) -> None:
        """Add a paragraph, or the heading that its numbering makes it."""
        level = numbered_heading(text)
        if level is None:
            self.add(BlockKind.PARAGRAPH, text)
        else:
            self._add(BlockKind.HEADING, one_line(text), self.marked_level + level)

    def row(self, cells: list[str]) -> None:
        """Add a table row: its cells on one line, separated by `` | ``; empty rows are left out."""
        lines = [one_line(cell) for cell in cells]
        while lines and not lines[-1]:
            lines.pop()
        if lines:
            self._add(BlockKind.TABLE_ROW, " | ".join(lines), 0)

    def add(self, kind: BlockKind, text: str, *, preformatted: bool = False) -> None:
        """Add a block of any kind; line ends are kept, other blanks folded unless ``preformatted``."""
        text = clean(text)
        if preformatted:
            text = text.replace("\f", "\n").replace("\v", "\n").strip("\n").rstrip()
        else:
            text = _AROUND_BREAKS.sub("\n", _BLANKS.sub(" ", text))
        self._add(kind, text if preformatted else text.strip(), 0)

    def _add(self, kind: BlockKind, text: str, level: int) -> None:
        if not text or text.isspace():
            return
        if self._blocks:
            tight = kind in _TIGHT and self._blocks[-1].kind is kind
            separator = "\n" if tight else "\n\n"
            self._parts.append(separator)
            self._length += len(separator)
        # A block may not begin where NFC would join its first mark to the separator: a line end composes
        # with nothing, so the concatenation of NFC blocks stays NFC.
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        self._blocks.append(Block(kind, start, self._length, level))

    def page(
        self,
        number: int = 1,
        *,
        label: str = "",
        kind: PageKind = PageKind.TEXT,
        size: tuple[float, float] | None = None,
    ) -> Page:
        """The page, with all blocks added so far."""
        return Page(
            number=number,
            text="".join(self._parts),
            blocks=tuple(self._blocks),
            label=one_line(label),
            kind=kind,
            size=size,
        )


def likely_title(pages: tuple[Page, ...]) -> str:
    """The title that the text itself shows, or "": an early heading, else a short first block.

    A numbered heading ("Article 1") titles a part, not the document.
    """
    texts = [(block, page.text[block.start : block.end]) for page in pages[:1] for block in page.blocks]
    for block, text in texts[:_EARLY]:
        if block.kind is BlockKind.HEADING and numbered_heading(text) is None:
            return one_line(text)
    for block, text in texts[:1]:
        if block.kind is BlockKind.PARAGRAPH and len(text) <= _LONGEST_TITLE and text[-1] not in ".,;:":
            return one_line(text)
    return ""
