"""What a page's layout is made of, between the marks on the paper and the blocks of a page.

Boxes are in points, origin top left, y growing downwards, after the page's own rotation. A reader of
glyphs (pdfium) or of pixels (OCR) gives :class:`Sheet`; :mod:`layout_lines` makes lines of its words,
:mod:`layout_order` puts them in reading order, :mod:`layout_blocks` makes them into paragraphs.
"""

from dataclasses import dataclass, field

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class LaidWord:
    """Characters without blanks, where they stand.

    Attributes:
        text: cleaned but for a last U+FFFE where pdfium saw a hyphen cutting a word.
        size: font size in points.
        after: the blank that follows in the file (" ", a no-break space, or "" when glued).
        line: same number for words an OCR engine read as one line; None elsewhere.
        confidence: 0 to 1 for a word read by OCR.
        place: its box on the page as scanned or as shown, when ``box`` is on the page straightened or turned.
    """

    text: str
    box: Box
    size: float
    bold: bool = False
    mono: bool = False
    after: str = " "
    line: int | None = None
    confidence: float | None = None
    place: Box | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight line drawn on the page; horizontal when wider than high."""

    box: Box

    @property
    def horizontal(self) -> bool:
        """Whether it runs from left to right."""
        return self.box[2] - self.box[0] >= self.box[3] - self.box[1]


@dataclass(slots=True)
class Sheet:
    """One page as read: words in the file's order, rulings, and words that do not stand upright.

    Attributes:
        aside: words turned against the page (margin notes, watermarks), already turned upright, by group.
    """

    width: float
    height: float
    words: list[LaidWord]
    rulings: list[Ruling] = field(default_factory=list)
    aside: list[list[LaidWord]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mark:
    """A word read by OCR inside a line's text."""

    start: int
    end: int
    box: Box
    confidence: float


@dataclass(slots=True)
class Line:
    """Words read in one go on one height, between two columns at most.

    Attributes:
        text: may end with U+FFFE, a hyphen cutting a word.
        bold: nine characters in ten are.
        aside: turned against the page, or outside its text.
    """

    text: str
    box: Box
    size: float
    bold: bool = False
    mono: bool = False
    aside: bool = False
    marks: tuple[Mark, ...] = ()

    @property
    def height(self) -> float:
        """From top to bottom, in points."""
        return self.box[3] - self.box[1]


@dataclass(slots=True)
class TableRow:
    """Cells from left to right, each the lines it holds from top to bottom."""

    cells: list[list[Line]]


@dataclass(slots=True)
class Column:
    """Lines read from top to bottom: a column, or the full width."""

    rows: list[list[Line]]
    """Lines at the same height stand together, from left to right."""


Region = Column | TableRow
