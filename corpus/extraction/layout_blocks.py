"""Lines in reading order to paragraphs, list items and table rows."""

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from corpus.document import BlockKind
from corpus.extraction.layout import Column, Line, Region, TableRow
from corpus.extraction.layout_tables import MAX_LINES, bands

BULLET = re.compile(r"^\s*(?:[•●▪■◦‣➢✓❖○→]\s*|[-–—*]\s+|\(?[a-z][.)]\s+|\(?\d{1,2}[.)°]\s+|\(?[ivx]{1,5}[.)]\s+)(?=\S)")
CONTENTS = re.compile(r"^(?P<entry>.*\S)\s*…\s*(?P<page>\d{1,4}|[ivxlc]{1,7})$")
CONTENTS_BARE = re.compile(r"^(?P<entry>.*\S)\s+…?\s*(?P<page>\d{1,4}|[ivxlc]{1,7})$")
_SENTENCE_END = re.compile(r"[.!?:;…»]$")
_NOTE = re.compile(r"^(?:\(?\d{1,3}[.)]?|\[\d{1,3}\]|[*†‡]{1,3}|[¹²³⁰⁴-⁹]{1,3}\.?)\s*(?=\S)")


@dataclass(slots=True)
class Paragraph:
    """A block before its text is put together.

    Attributes:
        rows: its lines from top to bottom; a row holds what stands at one height.
        cells: of a table row, instead of ``rows``.
        gap: blank above it, in points; large at the top of a page.
        filled: its widest line reaches the column's right edge.
        contents: a line of a table of contents, its page number last.
    """

    kind: BlockKind
    rows: list[list[Line]] = field(default_factory=list)
    cells: list[list[Line]] = field(default_factory=list)
    level: int = 0
    gap: float = 100.0
    filled: bool = False
    contents: bool = False

    @property
    def lines(self) -> list[Line]:
        """All its lines, in reading order."""
        return [line for row in self.rows or self.cells for line in row]

    @property
    def size(self) -> float:
        """Its font size: that of most of its characters."""
        lines = self.lines
        return max(lines, key=lambda line: len(line.text)).size if lines else 0.0

    @property
    def bold(self) -> bool:
        """Whether all its lines are bold."""
        return all(line.bold for line in self.lines)

    @property
    def text(self) -> str:
        """Its words on one line, hyphens at line ends kept."""
        return " ".join(line.text for line in self.lines)


def paragraphs(regions: Sequence[Region]) -> list[Paragraph]:
    """Blocks of a page, headings not yet told from paragraphs."""
    found: list[Paragraph] = []
    contents = _contents_rows(regions)
    for region in regions:
        if id(region) in contents:
            row = [line for cell in contents[id(region)] for line in cell]
            found.append(Paragraph(BlockKind.LIST_ITEM, rows=[row], contents=True))
        elif isinstance(region, TableRow):
            found.append(Paragraph(BlockKind.TABLE_ROW, cells=region.cells))
        else:
            _add_column(found, region)
    return found


def _contents_rows(regions: Sequence[Region]) -> dict[int, list[list[Line]]]:
    """Cells of the rows that are lines of a table of contents, by the identity of their row."""
    found: dict[int, list[list[Line]]] = {}
    for is_row, group in groupby(regions, key=lambda region: isinstance(region, TableRow)):
        rows = [region for region in group if isinstance(region, TableRow)]
        entries = [row for row in rows if CONTENTS.match(" ".join(c.text for cell in row.cells for c in cell))]
        if is_row and len(entries) >= 0.5 * len(rows):
            found |= {id(row): row.cells for row in rows}
    return found


def _add_column(found: list[Paragraph], column: Column) -> None:
    shape = _Shape(column)
    current: Paragraph | None = None
    last: list[Line] = []
    for row in column.rows:
        if current is None and found and _carries_over(found[-1], row):
            current, last = found[-1], []
        elif current is None or shape.parts(current, last, row):
            gap = row[0].box[1] - last[0].box[3] if last else 100.0
            kind = BlockKind.LIST_ITEM if _is_item(row) else BlockKind.PARAGRAPH
            current = Paragraph(kind, gap=gap, contents=bool(CONTENTS.match(_row_text(row))))
            found.append(current)
        current.rows.append(row)
        current.filled = current.filled or row[-1].box[2] >= shape.right - 2.5 * row[-1].size
        last = row


def _is_item(row: Sequence[Line]) -> bool:
    return bool(BULLET.match(row[0].text)) or bool(CONTENTS.match(_row_text(row)))


def _row_text(row: Sequence[Line]) -> str:
    return " ".join(line.text for line in row)


def _carries_over(paragraph: Paragraph, row: Sequence[Line]) -> bool:
    """Whether a paragraph goes on from one column to the top of the next."""
    if paragraph.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM) or not paragraph.filled:
        return False
    last, first = paragraph.lines[-1], row[0]
    same = abs(last.size - first.size) < 0.08 * last.size and last.bold == first.bold
    return same and not _SENTENCE_END.search(last.text) and first.text[:1].islower()


class _Shape:
    """How a column is set: its edges and the blank between its lines."""

    def __init__(self, column: Column) -> None:
        rows = column.rows
        lefts = sorted(row[0].box[0] for row in rows)
        rights = sorted(row[-1].box[2] for row in rows)
        self.left = lefts[len(lefts) // 10]
        self.right = rights[-1 - len(rights) // 20]
        gaps = [
            lower[0].box[1] - upper[0].box[3]
            for upper, lower in pairwise(rows)
            if abs(upper[0].size - lower[0].size) < 0.08 * upper[0].size
        ]
        close = [gap for gap in gaps if gap < 1.2 * rows[0][0].size]
        self.size = statistics.median_low([row[0].size for row in rows])
        self.gap = statistics.median_low(close) if close else 3.0

    def parts(self, current: Paragraph, last: Sequence[Line], row: Sequence[Line]) -> bool:
        """Whether ``row`` begins a new block after ``last``, the end of ``current``."""
        if not last:
            return True
        upper, line = last[0], row[0]
        size = max(upper.size, line.size)
        gap = line.box[1] - upper.box[3]
        if _is_item(row) or gap > self.gap + 0.4 * size or gap < -1.5 * size:
            return True
        # OCR only guesses sizes: two lines of one large title may seem to differ by a third.
        large = bool(upper.marks and line.marks) and min(upper.size, line.size) > 1.25 * self.size
        if (
            abs(upper.size - line.size) > (0.35 if large else 0.08) * size
            or upper.bold != line.bold
            or upper.mono != line.mono
        ):
            return True
        if CONTENTS.match(_row_text(last)):
            return True
        if current.kind is BlockKind.LIST_ITEM:
            # A list's lines hang under its text; what comes back to its mark's place has left it.
            marked = current.rows[0][0].box[0]
            hanging = len(current.rows) > 1 and current.rows[1][0].box[0] > marked + 0.5 * size
            if hanging and line.box[0] < current.rows[1][0].box[0] - 0.5 * size:
                return True
            return self._ends(last, line) and line.text[:1].isupper()
        begun = current.rows[0][0].box[0] if len(current.rows) > 1 else upper.box[0]
        indented = line.box[0] > upper.box[0] + 0.8 * size and upper.box[0] <= self.left + 0.4 * size
        # Bold lines that hang under the first are a heading's, not a first line's indent.
        unfinished = last[-1].box[2] > self.right - 2 * size and not _SENTENCE_END.search(last[-1].text)
        if indented and not upper.bold and not unfinished and not self._centred(upper, line):
            return len(current.rows) > 1 or begun <= self.left + 0.4 * size
        return self._ends(last, line) or self._breaks(last, line)

    def _breaks(self, last: Sequence[Line], line: Line) -> bool:
        """Whether a line was ended on purpose: much room left, and a capital on the next ("Vu le code…")."""
        room = self.right - last[-1].box[2]
        capital = line.text[:1].isupper()
        return capital and room > 0.3 * (self.right - self.left) and not self._centred(last[0], line)

    def _centred(self, upper: Line, line: Line) -> bool:
        return abs((upper.box[0] + upper.box[2]) - (line.box[0] + line.box[2])) < upper.size

    def _ends(self, last: Sequence[Line], line: Line) -> bool:
        """Whether a sentence ends where the next line's first word would still have fitted."""
        if not _SENTENCE_END.search(last[-1].text):
            return False
        first_word = len(line.text.split(" ", 1)[0]) + 1
        width = (line.box[2] - line.box[0]) / max(len(line.text), 1) * first_word
        return last[-1].box[2] + width + 0.5 * line.size < self.right


def part_notes(lines: Sequence[Line], body_size: float, height: float) -> tuple[list[Line], list[Line]]:
    """Body lines and footnote lines.

    Footnotes are lines smaller than the text, in the lower part of the page, with no line of the text's
    size below them, from the first that begins with a mark.
    """
    if len(lines) > MAX_LINES:
        return list(lines), []
    small = [line for line in lines if _may_be_note(line, body_size, height)]
    if not small:
        return list(lines), []
    large = [line for line in lines if not line.aside and line.size > 0.93 * body_size]
    low = [line for line in small if not any(_below(other, line) for other in large)]
    low.sort(key=lambda line: line.box[1])
    start = next((line.box[1] for line in low if _NOTE.match(line.text)), None)
    if start is None:
        return list(lines), []
    notes = [line for line in low if line.box[1] >= start - 0.5 * line.height]
    heights = bands(notes)
    if sum(len(band) > 1 for band in heights) > len(heights) / 3:  # a table in small print
        return list(lines), []
    chosen = {id(line) for line in notes}
    return [line for line in lines if id(line) not in chosen], notes


def _may_be_note(line: Line, body_size: float, height: float) -> bool:
    return not line.aside and line.size <= 0.93 * body_size and line.box[1] > 0.3 * height


def _below(other: Line, line: Line) -> bool:
    overlaps = other.box[0] < line.box[2] and line.box[0] < other.box[2]
    return overlaps and other.box[1] > line.box[1]


def note_paragraphs(regions: Sequence[Region]) -> list[Paragraph]:
    """Footnotes, each from its mark to the next."""
    found: list[Paragraph] = []
    for region in regions:
        for row in region.rows if isinstance(region, Column) else region.cells:
            if not row:
                continue
            if not found or _NOTE.match(row[0].text):
                found.append(Paragraph(BlockKind.FOOTNOTE))
            found[-1].rows.append(row)
    return found
