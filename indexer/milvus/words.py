"""Words of a collection: BM25 as the inner product of sparse vectors, exact things as lists of numbers."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from corpus.french.analyzer import stems
from indexer.acronyms import FILE as ACRONYMS_FILE
from indexer.acronyms import acronym_forms, read_acronyms
from indexer.encoder.protocol import Floats
from indexer.lexical_query import (
    BODY,
    EXACT,
    IDENTIFIER,
    AnyOf,
    ExactItem,
    LexicalQuery,
    Prefix,
    StemIn,
    phrase_pairs,
    spelt,
)
from indexer.milvus.partition import Partition, all_exact, any_exact
from indexer.milvus.schema import BODY as WEIGHTS
from indexer.milvus.schema import pair_term
from indexer.passage_store import PassageStore
from indexer.passage_terms import PassageTerms, lexical_passages
from indexer.phrases import score
from indexer.selection import Selection
from indexer.storage import Rows
from indexer.term_numbers import term_number
from indexer.term_store import TermStore
from indexer.vocabulary import Vocabulary

# Terms named in one expression.
_MOST_TERMS = 5_000
# Candidates of a phrase for each passage wanted, when only reading them tells.
_DEEPER = 4


class DocumentWords:
    """What documents say as a whole."""

    def __init__(self, documents: Partition, terms: TermStore, passages: "Passages") -> None:
        self._documents = documents
        self._terms = terms
        self._passages = passages

    def search(self, query: AnyOf, k: int, within: Selection | None = None) -> tuple[Rows, Floats]:
        """See :class:`indexer.storage.Words`."""
        return _best(self._documents, self._terms, query, k, within)

    def scores(self, query: AnyOf, rows: Rows) -> Floats:
        """See :class:`indexer.storage.Words`."""
        return _scores(self._documents, self._terms, query, rows)

    def rows(self, query: AnyOf) -> Rows:
        """See :class:`indexer.storage.Words`."""
        rows = self._passages.entries.rows(any_exact(_body_terms(query)))
        return np.unique(self._passages.texts.document_of[rows]).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Passages:
    """Passages of a generation: what is searched in Milvus, and what they say, on this machine."""

    entries: Partition
    texts: PassageStore


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to hold an exact thing: what Milvus is asked, and what reading decides (None when the answer is sure)."""

    asked: str
    decided: ExactItem | None = None


class MilvusWords:
    """See :class:`indexer.storage.PassageWords`."""

    def __init__(self, passages: Passages, documents: Partition, terms: TermStore, folder: Path) -> None:
        self._passages = passages
        self._terms = terms
        self.documents = DocumentWords(documents, terms, passages)
        self.acronyms, self.long_forms = acronym_forms(read_acronyms(folder / ACRONYMS_FILE))
        self._vocabulary: Vocabulary | None = None
        self._lock = threading.Lock()

    def search(self, query: LexicalQuery, k: int, within: Selection | None = None) -> tuple[Rows, Floats]:
        """See :class:`indexer.storage.Words`.

        Passages that hold an exact thing come in the order of BM25 over its words, those without any by row.
        """
        if isinstance(query, AnyOf):
            return _best(self._passages.entries, self._terms, query, k, within)
        item = query if isinstance(query, ExactItem) else ExactItem()
        known = self._terms.known(BODY, stems(item.words))
        found: dict[int, float] = {}
        for way in self._ways(query):
            found |= self._held(way, dict.fromkeys(known.values(), 1.0), k, within)
        rows = np.array(list(found), np.int64)
        scores = np.array(list(found.values()), np.float32)
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def scores(self, query: LexicalQuery, rows: Rows) -> Floats:
        """See :class:`indexer.storage.Words`."""
        if isinstance(query, AnyOf):
            return _scores(self._passages.entries, self._terms, query, rows)
        result = np.zeros(len(rows), np.float32)
        for way in self._ways(query):
            found = self._passages.entries.rows(way.asked, rows)
            places = np.searchsorted(rows, found)
            result[places] = np.maximum(result[places], self._decided(way, found))
        return result

    def rows(self, query: LexicalQuery) -> Rows:
        """See :class:`indexer.storage.Words`."""
        if isinstance(query, AnyOf):
            return self._passages.entries.rows(any_exact(_body_terms(query)))
        held = [np.empty(0, np.int64)]
        for way in self._ways(query):
            found = self._passages.entries.rows(way.asked)
            held.append(found[self._decided(way, found) > 0])
        return np.unique(np.concatenate(held))

    def document_frequency(self, field: str, term: str) -> int:
        """See :class:`indexer.storage.PassageWords`."""
        return self._terms.frequency(field, term)

    def words_with_prefix(self, folded: str, limit: int) -> list[tuple[str, int]]:
        """See :class:`indexer.storage.PassageWords`."""
        return self._terms.beginning(EXACT, folded, limit)

    @property
    def vocabulary(self) -> Vocabulary:
        """See :class:`indexer.storage.PassageWords`; read at first use."""
        with self._lock:
            if self._vocabulary is None:
                self._vocabulary = Vocabulary(self._terms.beginning(EXACT, ""))
            return self._vocabulary

    def _ways(self, query: LexicalQuery) -> Iterator[_Way]:
        match query:
            case AnyOf():
                yield _Way(any_exact(_body_terms(query)))
            case StemIn(field, stem):
                yield _Way(all_exact([term_number(field, stem)]))
            case Prefix(folded):
                begun = [term_number(EXACT, word) for word, _ in self._terms.beginning(EXACT, folded)]
                for first in range(0, len(begun), _MOST_TERMS):
                    yield _Way(any_exact(begun[first : first + _MOST_TERMS]))
            case ExactItem(identifier="", edits=edits) if edits:
                # Passages that hold a pair of neighbours; those that hold only words further apart are not found.
                pairs = [
                    pair_term(*way.words)
                    for pair in phrase_pairs(query)
                    if pair.slop == query.slop
                    for way in spelt(pair, query)
                ]
                if pairs:
                    yield _Way(any_exact(pairs), query)
            case ExactItem(identifier, words, slop, edits):
                forms = self._terms.near(IDENTIFIER, identifier, edits) if edits else [identifier] if identifier else []
                if forms:
                    yield _Way(any_exact([term_number(IDENTIFIER, form) for form in forms]))
                if words and not edits:
                    yield self._phrase(words, slop, query)

    def _phrase(self, words: Sequence[str], slop: int, item: ExactItem) -> _Way:
        pairs = [pair_term(first, second) for first, second in pairwise(words)]
        if slop or not pairs:
            # A single word is held for sure.
            return _Way(all_exact([term_number(EXACT, word) for word in words]), item if pairs else None)
        return _Way(all_exact(pairs), item if len(pairs) > 1 else None)

    def _held(self, way: _Way, weights: dict[int, float], k: int, within: Selection | None) -> dict[int, float]:
        """Up to ``k`` rows that hold it, with their scores."""
        entries = self._passages.entries
        deep = k if way.decided is None else _DEEPER * k
        if weights:
            rows, scores = entries.best(WEIGHTS, weights, deep, within, way.asked)
            kept = self._decided(way, rows) > 0
            if kept.sum() >= k or len(rows) < deep:
                return dict(zip(rows[kept][:k].tolist(), scores[kept][:k].tolist(), strict=True))
        rows = entries.rows(way.asked)
        if within is not None:
            rows = np.intersect1d(rows, within.rows)
        decided = self._decided(way, rows)
        return dict(zip(rows[decided > 0][:k].tolist(), decided[decided > 0][:k].tolist(), strict=True))

    def _decided(self, way: _Way, rows: Rows) -> Floats:
        if way.decided is None or not len(rows):
            return np.ones(len(rows), np.float32)
        texts, item = self._passages.texts, way.decided
        passages = texts.passages(rows.tolist())
        documents = {number: texts.document(number) for number in np.unique(texts.document_of[rows]).tolist()}
        read = (PassageTerms.of(one) for one in lexical_passages(documents.values(), passages))
        return np.array([score(terms.words, item) for terms in read], np.float32)


def _body_terms(query: AnyOf) -> list[int]:
    return [term_number(BODY, stem) for stem in (*query.stems, *(stem for group, _ in query.lighter for stem in group))]


def _weighed(terms: TermStore, query: AnyOf) -> tuple[dict[int, float], list[tuple[list[int], float]]]:
    """Dimensions of a query's stems with their weights, and groups of alternatives of which the best counts."""
    asked = (*query.stems, *(stem for group, _ in query.lighter for stem in group))
    known = terms.known(BODY, list(dict.fromkeys(asked)))
    alone = {known[stem]: 1.0 for stem in query.stems if stem in known}
    groups: list[tuple[list[int], float]] = []
    for alternatives, weight in query.lighter:
        dimensions = [known[stem] for stem in alternatives if stem in known]
        if len(dimensions) == 1:
            alone[dimensions[0]] = alone.get(dimensions[0], 0.0) + weight
        elif dimensions:
            groups.append((dimensions, weight))
    return alone, groups


def _best(
    partition: Partition, terms: TermStore, query: AnyOf, k: int, within: Selection | None
) -> tuple[Rows, Floats]:
    alone, groups = _weighed(terms, query)
    whole = dict(alone)
    for dimensions, weight in groups:
        for dimension in dimensions:
            whole[dimension] = whole.get(dimension, 0.0) + weight
    if not whole or k == 0:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    if not groups:
        return partition.best(WEIGHTS, whole, k, within)
    # Alternatives together score at least as much as the best of them: those are the candidates.
    rows = np.sort(partition.best(WEIGHTS, whole, 2 * k, within)[0])
    scores = _scores(partition, terms, query, rows)
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def _scores(partition: Partition, terms: TermStore, query: AnyOf, rows: Rows) -> Floats:
    alone, groups = _weighed(terms, query)
    queries = [alone] if alone else []
    queries += [{dimension: 1.0} for dimensions, _ in groups for dimension in dimensions]
    found = partition.scores(WEIGHTS, queries, rows)
    result = found[0].copy() if alone else np.zeros(len(rows), np.float32)
    at = len(queries) - sum(len(dimensions) for dimensions, _ in groups)
    for dimensions, weight in groups:
        result += np.float32(weight) * found[at : at + len(dimensions)].max(axis=0)
        at += len(dimensions)
    return result
