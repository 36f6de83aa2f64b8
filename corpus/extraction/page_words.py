"""Where the words of a page's text stand on the page: glyph boxes, put in the text's own order.

A page's text is in reading order, its running heads first, its cut words joined; a PDF gives its glyphs in the
order they were drawn. So the two are compared as lists of words: what follows in both is matched first, then, among
what is left, what was moved as a whole, until nothing is left but words that only one of them has.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from corpus.document import Word
from corpus.extraction.failures import damaged
from corpus.extraction.layout import Box, LaidWord
from corpus.extraction.page_drawing import is_pdf, no_such_page
from corpus.extraction.pdf import open_document, page_of_text, with_forms
from corpus.extraction.pdf_glyphs import GlyphReader
from corpus.extraction.pdf_structure import quiet
from corpus.french.folding import fold

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_CUT = "\ufffe"
_MOST_TOKENS = 20_000
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class _Glyphs:
    """Letters or digits in a row, as drawn: its boxes are several when a line's end cuts it."""

    text: str
    boxes: tuple[Box, ...]


def locate_words(path: Path, number: int, text: str, passwords: Sequence[str] = ()) -> tuple[Word, ...]:
    """The words of ``text`` that were found on a page of a PDF, in the text's order.

    A word cut by a line's end is there once for each part. Words whose glyphs are no text (a scan) are not found:
    those read by OCR have their boxes with the page.

    Args:
        number: of the page, 1 for the first.
        text: of the page, as extracted.

    Returns:
        Boxes in points of the page as shown, origin top left; confidence 1.

    Raises:
        ExtractionFailure: the file is no PDF, is damaged or protected, or has no such page.
    """
    if not is_pdf(path):
        return ()
    with quiet():
        document, _ = open_document(path, passwords)
        try:
            if not 1 <= number <= len(document):
                raise no_such_page(number)
            sheet = GlyphReader(page_of_text(with_forms(document), number - 1)).sheet()
        except pdfium.PdfiumError as error:
            raise damaged(f"la page {number}") from error
        finally:
            document.close()
    drawn = list(_drawn([word for group in (sheet.words, *sheet.aside) for word in group]))[:_MOST_TOKENS]
    return tuple(_aligned(text, drawn))


def _drawn(words: Sequence[LaidWord]) -> Iterator[_Glyphs]:
    """The rows of letters and of digits in the order drawn; parts of a cut word are put together."""
    held: _Glyphs | None = None
    for word in words:
        box = word.place or word.box
        length = max(len(word.text), 1)
        tokens = list(_TOKEN.finditer(word.text))
        for index, token in enumerate(tokens):
            part = _Glyphs(fold(token[0]), (_share(box, token.start() / length, token.end() / length),))
            if held is not None:
                part = _Glyphs(held.text + part.text, held.boxes + part.boxes)
                held = None
            if word.text.endswith(_CUT) and index == len(tokens) - 1 and token.end() == len(word.text) - 1:
                held = part
            else:
                yield part
    if held is not None:
        yield held


def _share(box: Box, start: float, end: float) -> Box:
    """The part of a word's box that some of its characters take, as if all were as wide."""
    left, top, right, bottom = box
    if right - left < bottom - top:
        return box
    width = right - left
    return (left + start * width, top, left + end * width, bottom)


def _aligned(text: str, drawn: Sequence[_Glyphs]) -> Iterator[Word]:
    tokens = list(_TOKEN.finditer(text))[:_MOST_TOKENS]
    wanted = [fold(token[0]) for token in tokens]
    found: dict[int, _Glyphs] = {}
    here, there = list(range(len(wanted))), list(range(len(drawn)))
    for _ in range(_ROUNDS):
        matcher = SequenceMatcher(None, [wanted[n] for n in here], [drawn[n].text for n in there], autojunk=False)
        pairs = [(here[m.a + k], there[m.b + k]) for m in matcher.get_matching_blocks() for k in range(m.size)]
        if not pairs:
            break
        found.update((a, drawn[b]) for a, b in pairs)
        taken = {b for _, b in pairs}
        here = [n for n in here if n not in found]
        there = [n for n in there if n not in taken]
    for index in sorted(found):
        for box in found[index].boxes:
            yield Word(tokens[index].start(), tokens[index].end(), box, 1.0)
