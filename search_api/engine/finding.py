"""Finding words inside one document: exact, whatever the accents, the capitals and the line ends."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.document import Page, Span

LONGEST = 100
MOST_FOUND = 2_000


class _Folded(dict[int, str]):
    """Characters folded so far: a report of 500 pages has few different ones, and each is decomposed once."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = unicodedata.normalize("NFD", char)[0].lower()[:1] or char
        return self[code]


_FOLDED = _Folded()


def fold(text: str) -> str:
    """``text`` in lower case without accents, character for character, so that offsets stay true."""
    return text.translate(_FOLDED)


@dataclass(frozen=True, slots=True)
class Findings:
    """Where words stand in a document.

    Attributes:
        words: as typed.
        spans: one an occurrence.
        pages: page number to how many occurrences, in order.
        more: True when there are more than could be shown.
    """

    words: str
    spans: tuple[Span, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()
    more: bool = False


def find_inside(pages: Sequence[Page], words: str) -> Findings:
    """Every place where ``words`` follow one another, from the beginning of a word; 2,000 at most."""
    typed = words[:LONGEST]
    parts = [re.escape(part) for part in fold(typed).split()]
    if not parts:
        return Findings(typed)
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(parts))
    spans: list[Span] = []
    counts: list[tuple[int, int]] = []
    for page in pages:
        before = len(spans)
        for match in pattern.finditer(fold(page.text)):
            if len(spans) == MOST_FOUND:
                return Findings(typed, tuple(spans), (*counts, (page.number, len(spans) - before)), more=True)
            spans.append(Span(page.number, match.start(), match.end()))
        if len(spans) > before:
            counts.append((page.number, len(spans) - before))
    return Findings(typed, tuple(spans), tuple(counts))
