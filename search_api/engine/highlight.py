"""What to show of a passage: the words that matched as words, those that matched by meaning, the best sentence.

Meaning is read off late interaction: the stored token codes say which of the passage's tokens each token of the
query was matched with, and how well.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import add

import numpy as np
import numpy.typing as npt

from corpus.french.analyzer import occurrences, terms, words
from corpus.french.folding import fold
from corpus.french.identifiers import find_identifiers
from corpus.french.sentences import sentences
from corpus.french.stopwords import STOPWORDS
from indexer.encoder.protocol import Floats
from search_api.engine.answer import Highlight, HighlightKind
from search_api.engine.reading import Reading

# Centred token vectors of unrelated words have inner products near 0; on the demo collection, pairs above this one
# are synonyms, inflections or words of one subject.
CLOSE = 0.55
# Words marked by meaning, at most: more would mark everything.
_MOST_BY_MEANING = 8
# A sentence shorter than this ("1.", "Article 3") is not an answer if there is another.
_SHORTEST_SENTENCE = 25
_WORD = re.compile(r"[^\W_]+")
# The first byte apart: it is then sought as a literal, 6 times faster.
_CLOSE = re.compile(b"\x01\x01*")


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a query's tokens match a passage's.

    Attributes:
        offsets: ``(n, 2)``, characters of each passage token in the passage's text.
        similarities: ``(n, m)``, with each token of the query that is not a stop word's.
    """

    offsets: npt.NDArray[np.int32]
    similarities: Floats


def speaking_columns(query: str, offsets: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Which of the query's tokens, given their characters, belong to a word that is not a stop word."""
    silent = np.zeros(len(query) + 1, bool)
    for word in words(query):
        if word.term in STOPWORDS:
            silent[word.start : word.end] = True
    return ~silent[np.minimum(offsets[:, 0], len(query))]


def word_highlights(text: str, reading: Reading) -> tuple[Highlight, ...]:
    """The words of a text that share a stem with the query, and its identifiers; in order, not overlapping."""
    wanted = set(reading.identifiers)
    spans = occurrences(text, set(reading.stems))
    if wanted:
        spans += [(i.start, i.end) for i in find_identifiers(text) if i.canonical in wanted]
    return _apart(Highlight(start, end, HighlightKind.WORD) for start, end in spans)


def meaning_highlights(text: str, alignment: Alignment, taken: Collection[Highlight]) -> tuple[Highlight, ...]:
    """Words of a text close in meaning to a word of the query, without those already marked; in order."""
    if not alignment.similarities.size:
        return ()
    best = alignment.similarities.max(axis=1)
    close = bytearray(len(text))
    for start, end in alignment.offsets[best >= CLOSE].tolist():
        close[start:end] = b"\1" * (end - start)
    for mark in taken:
        close[mark.start : mark.end] = bytes(mark.end - mark.start)
    found: list[tuple[float, int, int]] = []
    for stretch in _CLOSE.finditer(close):
        for start, end in _whole_words(text, *stretch.span()):
            if fold(text[start:end]) not in STOPWORDS:
                inside = (alignment.offsets[:, 0] < end) & (alignment.offsets[:, 1] > start)
                found.append((float(best[inside].mean()), start, end))
    found.sort(reverse=True)
    return _apart(Highlight(start, end, HighlightKind.MEANING) for _, start, end in found[:_MOST_BY_MEANING])


def _whole_words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The words of a text that stand whole inside a stretch of it."""
    for word in _WORD.finditer(text, start, end):
        cut_before = word.start() == start > 0 and text[start - 1].isalnum()
        cut_after = word.end() == end < len(text) and text[end].isalnum()
        if not cut_before and not cut_after:
            yield word.span()


def _apart(marks: Iterable[Highlight]) -> tuple[Highlight, ...]:
    result: list[Highlight] = []
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end)):
        if not result or mark.start >= result[-1].end:
            result.append(mark)
    return tuple(result)


def matched_terms(texts: Collection[str], reading: Reading) -> tuple[str, ...]:
    """The query's stems found in any of the texts, in the query's order."""
    present = {term.term for text in texts for term in terms(text)}
    return tuple(stem for stem in reading.stems if stem in present)


def best_sentence(text: str, marks: tuple[Highlight, ...], alignment: Alignment | None) -> tuple[int, int]:
    """The sentence that answers best: by the mean over the query's tokens of their best match in it, plus the
    share of the marked words it holds; the first one on a tie."""
    found = list(sentences(text)) or [(0, len(text))]
    worth = list(map(add, _closeness(found, alignment), _shares(text, found, marks)))
    long_enough = [place for place, (start, end) in enumerate(found) if end - start >= _SHORTEST_SENTENCE]
    return found[max(long_enough or range(len(found)), key=worth.__getitem__)]


def _shares(text: str, spans: Sequence[tuple[int, int]], marks: Collection[Highlight]) -> list[float]:
    """For each sentence of a text, the share of the marked words, told apart by how they are written, it holds."""
    different = {text[m.start : m.end].lower() for m in marks if m.kind is HighlightKind.WORD}
    starts = [start for start, _ in spans]
    held: set[tuple[int, str]] = set()
    for mark in marks:
        sentence, word = bisect_right(starts, mark.start) - 1, text[mark.start : mark.end].lower()
        if word in different and mark.end <= spans[sentence][1]:
            held.add((sentence, word))
    counts = [0] * len(spans)
    for sentence, _ in held:
        counts[sentence] += 1
    return [count / max(len(different), 1) for count in counts]


def _closeness(spans: Sequence[tuple[int, int]], alignment: Alignment | None) -> list[float]:
    """For each sentence of a text, the mean over the query's tokens of their best match in it, 0 without any.

    A token belongs to the sentence it begins in.
    """
    result = [0.0] * len(spans)
    if alignment is None or not alignment.similarities.size:
        return result
    begins = alignment.offsets[:, 0].tolist()
    firsts = [*(bisect_left(begins, start) for start, _ in spans), len(begins)]
    filled = [place for place, (first, after) in enumerate(pairwise(firsts)) if first < after]
    if filled:
        best = np.maximum.reduceat(alignment.similarities, [firsts[place] for place in filled], axis=0)
        for place, value in zip(filled, (best.sum(axis=1) / best.shape[1]).tolist(), strict=True):
            result[place] = value
    return result
