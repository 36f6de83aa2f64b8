"""Lines of a whole document to its pages: furniture out, regions in order, blocks, text and offsets."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field

from corpus.cleaning.hyphenation import is_broken, is_cut, join_cut
from corpus.document import Block, BlockKind, Page, PageKind, Word
from corpus.extraction.layout import Column, Line, Mark, Region, Ruling
from corpus.extraction.layout_blocks import CONTENTS_BARE, Paragraph, note_paragraphs, paragraphs, part_notes
from corpus.extraction.layout_furniture import find_furniture
from corpus.extraction.layout_headings import join_announced, mark_headings
from corpus.extraction.layout_order import reading_order
from corpus.extraction.layout_tables import bands, ruled_tables
from corpus.extraction.ocr_page import PLAIN_SIZE

CELL = " | "
_OWN_WORD = re.compile(r"\w[\w’'-]*\w")


@dataclass(slots=True)
class LaidPage:
    """One page before its text is put together; sizes in points.

    Attributes:
        label: as the file names the page, or "".
        by_ocr: its lines were read by OCR; their sizes are relative to ``PLAIN_SIZE``.
        size: the page's own, when its text was laid out turned.
    """

    lines: list[Line]
    width: float = 0.0
    height: float = 0.0
    rulings: list[Ruling] = field(default_factory=list)
    label: str = ""
    by_ocr: bool = False
    size: tuple[float, float] | None = None


def lay_out(
    pages: Sequence[LaidPage],
    *,
    outline: Mapping[int, Sequence[tuple[str, int]]],
    french: Container[str],
    title: str = "",
    on_page: Callable[[], None] = lambda: None,
) -> list[Page]:
    """All pages of a document, in order, numbered from 1.

    Args:
        outline: page (0 for the first) to titles and levels of the bookmarks that open there.
        french: casefolded French words, to put cut words together.
        title: as the file's properties give it; where page 1 shows it is a heading of level 1.
        on_page: called as each page goes through each of the two passes: a sign of life.
    """
    furniture = find_furniture([page.lines for page in pages], [page.height for page in pages])
    body_size = _body_size(pages, furniture.lines)
    _scale_ocr_sizes(pages, body_size)
    bodies: list[list[Paragraph]] = []
    notes: list[list[Paragraph]] = []
    for page, out in zip(pages, furniture.lines, strict=True):
        kept = [line for index, line in enumerate(page.lines) if index not in out]
        on_page()
        grids, loose = ruled_tables([line for line in kept if not line.aside], page.rulings)
        upright, small = part_notes(loose, 0.0 if page.by_ocr else body_size, page.height)
        body = paragraphs(reading_order(upright, grids))
        aside: list[Region] = [Column([[line]]) for line in kept if line.aside]
        bodies.append(body + paragraphs(aside))
        notes.append(note_paragraphs(reading_order(small)))
    mark_headings(bodies, outline, body_size, title=title)
    own_words = _own_words(pages)
    found: list[Page] = []
    for number, page in enumerate(pages):
        on_page()
        join_announced(bodies[number])
        text = _PageText(own_words, french)
        margin = [page.lines[index] for index in sorted(furniture.lines[number])]
        head = [line for line in margin if not line.aside and line.box[1] < page.height / 2]
        for band in bands(head):
            text.add(Paragraph(BlockKind.FURNITURE, rows=[band]))
        for paragraph in bodies[number] + notes[number]:
            text.add(paragraph)
        held = {id(line) for line in head}
        for band in bands([line for line in margin if id(line) not in held]):
            text.add(Paragraph(BlockKind.FURNITURE, rows=[band]))
        found.append(text.page(number + 1, page, page.label or furniture.labels[number]))
    return found


def first_heading(pages: Sequence[Page]) -> str:
    """The highest heading of page 1, the first of them when several are as high; "" without any."""
    if not pages:
        return ""
    page = pages[0]
    headings = [block for block in page.blocks if block.kind is BlockKind.HEADING]
    best = min(headings, key=lambda block: block.level, default=None)
    return " ".join(page.text[best.start : best.end].split()) if best else ""


def _body_size(pages: Sequence[LaidPage], furniture: Sequence[set[int]]) -> float:
    """The font size most characters have, in points, to the nearest half; OCR knows none."""
    weights: Counter[float] = Counter()
    for page, out in zip(pages, furniture, strict=True):
        if page.by_ocr:
            continue
        for index, line in enumerate(page.lines):
            if index not in out:
                weights[round(line.size * 2) / 2] += len(line.text)
    return weights.most_common(1)[0][0] if weights else PLAIN_SIZE


def _scale_ocr_sizes(pages: Sequence[LaidPage], body_size: float) -> None:
    """Make the running text of pages read by OCR as large as that of the others, in place."""
    for page in pages:
        if page.by_ocr:
            for line in page.lines:
                line.size *= body_size / PLAIN_SIZE


def _own_words(pages: Sequence[LaidPage]) -> frozenset[str]:
    """Words the document writes inside its lines; empty when no line is cut, as nobody will ask."""
    if not any(is_cut(line.text) for page in pages for line in page.lines):
        return frozenset()
    words: set[str] = set()
    for page in pages:
        for line in page.lines:
            inside = _OWN_WORD.findall(line.text.casefold())
            words.update(inside[1:-1] if is_cut(line.text) else inside[1:])
            # The first may be the end of a word cut above, which has no hyphen inside.
            if inside and "-" in inside[0] and not (is_cut(line.text) and len(inside) == 1):
                words.add(inside[0])
    return frozenset(words)


class _PageText:
    """Text, blocks and words of one page, as they are written."""

    def __init__(self, own_words: Container[str], french: Container[str]) -> None:
        self._own_words = own_words
        self._french = french
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._words: list[Word] = []

    def add(self, paragraph: Paragraph) -> None:
        """Write one block; nothing when it has no characters."""
        if paragraph.cells:
            text, marks = "", list[Mark]()
            for cell in paragraph.cells:
                cell_text, cell_marks = self._run(cell, mono=False)
                if cell_text:
                    text += CELL if text else ""
                    marks += [_shifted(mark, len(text)) for mark in cell_marks]
                    text += cell_text
        else:
            lines = paragraph.lines
            text, marks = self._run(lines, mono=all(line.mono for line in lines))
        if not text.strip():
            return
        contents = CONTENTS_BARE.match(text) if paragraph.contents else None
        if contents and not marks:
            self._write(paragraph.kind, 0, contents["entry"], [])
            self._write(BlockKind.FURNITURE, 0, text[contents.end("entry") :].strip(), [], before=" ")
        else:
            self._write(paragraph.kind, paragraph.level, text, marks)

    def _write(self, kind: BlockKind, level: int, text: str, marks: Sequence[Mark], before: str = "\n") -> None:
        normal = unicodedata.normalize("NFC", text)
        if normal != text:
            text, marks = normal, []
        if self._parts:
            self._parts.append(before)
            self._length += len(before)
        start = self._length
        stripped = text.strip()
        lead = len(text) - len(text.lstrip())
        self._parts.append(stripped)
        self._length += len(stripped)
        self._blocks.append(Block(kind, start, self._length, level))
        self._words += [
            Word(start + mark.start - lead, start + mark.end - lead, mark.box, mark.confidence) for mark in marks
        ]

    def _run(self, lines: Sequence[Line], *, mono: bool) -> tuple[str, list[Mark]]:
        """Lines one after the other, cut words put together; code keeps its lines."""
        text = ""
        marks: list[Mark] = []
        top = None
        for line in lines:
            words = line.text
            same_row = top is not None and abs(line.box[3] - top) < 0.3 * line.size
            top = line.box[3]
            if not text:
                text, marks = words, list(line.marks)
                continue
            if is_cut(text) and words[:1].strip() and not same_row:
                stem = len(text.rstrip()) - 1
                joined = join_cut(text, words, self._own_words, self._french)
                shift = len(joined) - len(words)
                marks = [Mark(m.start, min(m.end, shift), m.box, m.confidence) for m in marks if m.start < stem]
                text = joined
            else:
                text = _without_mark(text)
                if same_row or not is_broken(text, words):
                    text += "\n" if mono and not same_row else " "
                shift = len(text)
                text += words
            marks += [_shifted(mark, shift) for mark in line.marks]
        return _without_mark(text), marks

    def page(self, number: int, laid: LaidPage, label: str) -> Page:
        """The page as written."""
        confidence = None
        if laid.by_ocr:
            letters = sum(word.end - word.start for word in self._words)
            confidence = sum((w.end - w.start) * w.confidence for w in self._words) / letters if letters else 0.0
        return Page(
            number=number,
            text="".join(self._parts),
            blocks=tuple(self._blocks),
            label=label,
            kind=PageKind.PAGE,
            size=laid.size or (laid.width, laid.height),
            ocr_confidence=confidence,
            words=tuple(self._words),
        )


def _shifted(mark: Mark, by: int) -> Mark:
    return Mark(mark.start + by, mark.end + by, mark.box, mark.confidence)


def _without_mark(text: str) -> str:
    """A hyphen that cuts a word at the end of the page stays, as a hyphen."""
    return text.replace("\ufffe", "-")
