"""A value found in a text, and where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.document import BlockKind, Page
from corpus.french.folding import fold

# What tells a paper's date, kind or service is said early; a block may be a megabyte.
_LONGEST_LINE = 2_000


@dataclass(frozen=True, slots=True)
class Found:
    """A field's value and, in French, where it was found ("page 1", "nom du fichier")."""

    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Line:
    """A block of a page as text."""

    text: str
    page: int
    kind: BlockKind

    @property
    def origin(self) -> str:
        """Where it stands, in French."""
        return f"page {self.page}"


def fold_line(text: str) -> str:
    """A line folded as words are, without taking their place in the cache of folded words."""
    return fold.__wrapped__(text)


def opening_lines(pages: Sequence[Page], *, pages_read: int = 2, most: int = 40) -> list[Line]:
    """The first blocks of the first pages, running heads and feet included, quoted history left out."""
    return [line for page in pages[:pages_read] for line in _lines(page)][:most]


def closing_lines(pages: Sequence[Page], most: int = 12) -> list[Line]:
    """The last blocks of the last page: where acts are dated and signed."""
    return list(_lines(pages[-1]))[-most:] if pages else []


def running_lines(pages: Sequence[Page], longest: int = 120) -> list[Line]:
    """Short running heads and feet."""
    found = [line for page in pages for line in _lines(page)]
    return [line for line in found if line.kind is BlockKind.FURNITURE and len(line.text) <= longest]


def _lines(page: Page) -> Iterator[Line]:
    for block in page.blocks:
        text = " ".join(page.text[block.start : min(block.end, block.start + _LONGEST_LINE)].split())
        if text and block.kind is not BlockKind.QUOTED:
            yield Line(text, page.number, block.kind)
