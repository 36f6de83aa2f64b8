"""Finding words inside one document: exact, whatever the accents, the capitals and the line ends."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.document import Page
from search_api.web.marks import Mark

LONGEST = 100
MOST_FOUND = 2_000
FOUND = "found"


def fold(text: str) -> str:
    """``text`` in lower case without accents, character for character, so that offsets stay true."""
    return "".join(unicodedata.normalize("NFD", char)[0].lower()[:1] or char for char in text)


@dataclass(frozen=True, slots=True)
class Findings:
    """Where words stand in a document.

    Attributes:
        words: as typed.
        marks: one an occurrence, with its page.
        pages: page number to how many occurrences, in order.
        more: True when there are more than could be shown.
    """

    words: str
    marks: tuple[tuple[int, Mark], ...] = ()
    pages: tuple[tuple[int, int], ...] = ()
    more: bool = False


def find_inside(pages: Sequence[Page], words: str) -> Findings:
    """Every place where ``words`` follow one another, from the beginning of a word; 2,000 at most."""
    typed = words[:LONGEST]
    parts = [re.escape(part) for part in fold(typed).split()]
    if not parts:
        return Findings(typed)
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(parts))
    marks: list[tuple[int, Mark]] = []
    counts: list[tuple[int, int]] = []
    for page in pages:
        before = len(marks)
        for match in pattern.finditer(fold(page.text)):
            if len(marks) == MOST_FOUND:
                return Findings(typed, tuple(marks), (*counts, (page.number, len(marks) - before)), more=True)
            marks.append((page.number, Mark(match.start(), match.end(), FOUND)))
        if len(marks) > before:
            counts.append((page.number, len(marks) - before))
    return Findings(typed, tuple(marks), tuple(counts))
