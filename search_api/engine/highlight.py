"""What to show of a passage: the words that matched, and the sentence that answers best."""

from collections.abc import Collection

from corpus.french.analyzer import identifiers, terms
from corpus.french.sentences import sentences
from search_api.engine.answer import Highlight, HighlightKind
from search_api.engine.reading import Reading


def word_highlights(text: str, reading: Reading) -> tuple[Highlight, ...]:
    """The words of a text that share a stem with the query, and its identifiers; in order, not overlapping."""
    stems, wanted = set(reading.stems), set(reading.identifiers)
    spans = [(t.start, t.end) for t in terms(text) if t.term in stems]
    spans += [(i.start, i.end) for i in identifiers(text) if i.canonical in wanted]
    result: list[Highlight] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not result or start >= result[-1].end:
            result.append(Highlight(start, end, HighlightKind.WORD))
    return tuple(result)


def matched_terms(texts: Collection[str], reading: Reading) -> tuple[str, ...]:
    """The query's stems found in any of the texts, in the query's order."""
    present = {term.term for text in texts for term in terms(text)}
    return tuple(stem for stem in reading.stems if stem in present)


def best_sentence(text: str, highlights: tuple[Highlight, ...]) -> tuple[int, int]:
    """The sentence with the most different highlighted words; the first of them, or of all, on a tie."""
    best, best_count = (0, len(text)), -1
    for start, end in sentences(text):
        inside = {text[h.start : h.end].lower() for h in highlights if start <= h.start and h.end <= end}
        if len(inside) > best_count:
            best, best_count = (start, end), len(inside)
    return best
