"""Cutting a text into stretches that a template marks: the only way from offsets to the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.document import Span
from search_api.engine.answer import FoundPassage, HighlightKind

CONTEXT_CHARS = 170
LONGEST_SENTENCE = 520
WEAK_OCR = 0.85
"""Below this confidence a reading of an image is told to be checked."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch ``[start, end)`` that stands out; ``kind`` is one of the names templates know."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Text with one set of marks on all of it."""

    text: str
    kinds: frozenset[str]

    @property
    def word(self) -> bool:
        """A word of the question."""
        return HighlightKind.WORD.value in self.kinds

    @property
    def meaning(self) -> bool:
        """Close to the question in meaning."""
        return HighlightKind.MEANING.value in self.kinds and not self.word

    @property
    def best(self) -> bool:
        """Part of the sentence that answers best."""
        return "best" in self.kinds

    @property
    def found(self) -> bool:
        """Looked for inside the document."""
        return "found" in self.kinds

    @property
    def here(self) -> bool:
        """The occurrence that is shown among those looked for."""
        return "here" in self.kinds

    @property
    def passage(self) -> bool:
        """Part of the passage that was found."""
        return "passage" in self.kinds


def segments(text: str, marks: Iterable[Mark], start: int = 0, end: int | None = None) -> list[Segment]:
    """``text[start:end]`` cut where marks begin and end; the segments' texts joined give it back exactly.

    Marks may overlap, be empty or lie outside: a wrong offset shows less, it never breaks the page.
    """
    end = len(text) if end is None else min(end, len(text))
    start = max(0, min(start, end))
    kept = [
        Mark(max(mark.start, start), min(mark.end, end), mark.kind)
        for mark in marks
        if mark.start < end and mark.end > start and mark.start < mark.end
    ]
    cuts = sorted({start, end, *(mark.start for mark in kept), *(mark.end for mark in kept)})
    found = []
    for left, right in pairwise(cuts):
        kinds = frozenset(mark.kind for mark in kept if mark.start <= left and right <= mark.end)
        found.append(Segment(text[left:right], kinds))
    return found


def passage_marks(passage: FoundPassage) -> list[Mark]:
    """The marks of a found passage, as offsets in its text."""
    marks = [Mark(mark.start, mark.end, mark.kind.value) for mark in passage.highlights]
    return [*marks, Mark(*passage.best_sentence, "best")]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The best sentence in its surroundings; ``cut_before``/``cut_after`` say that text was left out."""

    segments: list[Segment]
    cut_before: bool
    cut_after: bool


def _word_start(text: str, at: int, limit: int) -> int:
    while at < limit and at > 0 and not text[at - 1].isspace():
        at += 1
    return at


def _word_end(text: str, at: int, limit: int) -> int:
    while at > limit and at < len(text) and not text[at].isspace():
        at -= 1
    return at


def excerpt(passage: FoundPassage, around: int = CONTEXT_CHARS) -> Excerpt:
    """The best sentence with about ``around`` characters on each side, cut between words."""
    text = passage.text
    best_start = max(0, min(passage.best_sentence[0], len(text)))
    best_end = max(best_start, min(passage.best_sentence[1], len(text), best_start + LONGEST_SENTENCE))
    start = _word_start(text, max(0, best_start - around), best_start)
    end = _word_end(text, min(len(text), best_end + around), best_end)
    marks = passage_marks(passage)
    if (best_start, passage.best_sentence[1]) == (0, len(text)):
        # Nothing stands out of a whole.
        marks = [mark for mark in marks if mark.kind != "best"]
    return Excerpt(segments(text, marks, start, end), start > 0, end < len(text))


def on_pages(spans: Sequence[Span], text: str, marks: Iterable[Mark]) -> list[tuple[int, Mark]]:
    """Marks of a passage's text, as marks of its pages: ``(page number, mark)``.

    The spans' texts were joined by a separator of one length; when lengths do not agree, nothing is marked.
    """
    lengths = [span.end - span.start for span in spans]
    missing = len(text) - sum(lengths)
    if not spans or missing < 0 or (len(spans) == 1 and missing) or missing % max(1, len(spans) - 1):
        return []
    gap = missing // max(1, len(spans) - 1)
    placed = []
    offset = 0
    for span, length in zip(spans, lengths, strict=True):
        for mark in marks:
            left, right = max(mark.start, offset), min(mark.end, offset + length)
            if left < right:
                shift = span.start - offset
                placed.append((span.page, Mark(left + shift, right + shift, mark.kind)))
        offset += length + gap
    return placed
