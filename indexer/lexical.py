"""Lexical index: BM25 over French terms (tantivy), writer and reader of ``lexical/``.

tantivy only ever sees terms made by :mod:`corpus.french`, separated by spaces; so indexing, queries, highlights
and another storage all read text alike. One tantivy document is one passage; ``row`` is its number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tantivy

from corpus.french.analyzer import identifiers, terms, words
from indexer.encoder.protocol import Floats

FOLDER = "lexical"
_HEAP = 256 << 20
_TOKENIZER = "whitespace"

STEMMED_FIELDS = ("body", "title", "heading")
EXACT_FIELD = "exact"
IDENTIFIER_FIELD = "identifier"


@dataclass(frozen=True, slots=True)
class LexicalPassage:
    """What is indexed of a passage."""

    title: str
    headings: tuple[str, ...]
    text: str


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    for field in STEMMED_FIELDS:
        builder.add_text_field(field, tokenizer_name=_TOKENIZER, index_option="freq")
    builder.add_text_field(EXACT_FIELD, tokenizer_name=_TOKENIZER, index_option="position")
    builder.add_text_field(IDENTIFIER_FIELD, tokenizer_name=_TOKENIZER, index_option="basic")
    return builder.build()


def write_lexical(folder: Path, passages: Iterable[LexicalPassage]) -> int:
    """Write the index of passages in row order into a new folder; returns how many."""
    folder.mkdir()
    index = tantivy.Index(_schema(), path=str(folder))
    # One thread: passages keep their order, and two builds of the same passages are the same index.
    writer = index.writer(heap_size=_HEAP, num_threads=1)
    count = 0
    for row, passage in enumerate(passages):
        whole = "\n".join((passage.title, *passage.headings, passage.text))
        document = tantivy.Document()
        document.add_unsigned("row", row)
        document.add_text("body", " ".join(term.term for term in terms(passage.text)))
        document.add_text("title", " ".join(term.term for term in terms(passage.title)))
        document.add_text("heading", " ".join(term.term for term in terms("\n".join(passage.headings))))
        document.add_text(EXACT_FIELD, " ".join(word.term for word in words(whole)))
        document.add_text(IDENTIFIER_FIELD, " ".join(found.canonical for found in identifiers(whole)))
        writer.add_document(document)
        count += 1
    writer.commit()
    writer.wait_merging_threads()
    return count


class LexicalIndex:
    """Reader of ``lexical/``: one frozen searcher. Safe to call from several threads."""

    def __init__(self, index: tantivy.Index) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()

    @classmethod
    def open(cls, folder: Path) -> "LexicalIndex":
        """Open a folder whose checksums were verified."""
        return cls(tantivy.Index.open(str(folder)))

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def document_frequency(self, field: str, term: str) -> int:
        """In how many passages a term stands in a field."""
        return int(self._searcher.doc_freq(field, term))

    def any_of(self, stems: Sequence[str], weights: dict[str, float]) -> tantivy.Query:
        """Passages with any of these stems, scored by BM25 summed over the fields with their weights."""
        clauses = [
            (tantivy.Occur.Should, self._boosted(tantivy.Query.term_query(self._schema, field, stem), weight))
            for stem in stems
            for field, weight in weights.items()
            if weight
        ]
        return tantivy.Query.boolean_query(clauses) if clauses else tantivy.Query.empty_query()

    @staticmethod
    def _boosted(query: tantivy.Query, weight: float) -> tantivy.Query:
        return query if weight == 1 else tantivy.Query.boost_query(query, weight)

    def phrase(self, folded: Sequence[str], slop: int = 0) -> tantivy.Query:
        """Passages with these folded words in this order, at most ``slop`` words between."""
        if len(folded) == 1:
            return tantivy.Query.term_query(self._schema, EXACT_FIELD, folded[0])
        return tantivy.Query.phrase_query(self._schema, EXACT_FIELD, list(folded), slop)

    def identifier(self, canonical: str) -> tantivy.Query:
        """Passages with this identifier."""
        return tantivy.Query.term_query(self._schema, IDENTIFIER_FIELD, canonical)

    def prefix(self, folded: str) -> tantivy.Query:
        """Passages with a word that begins so."""
        return tantivy.Query.regex_query(self._schema, EXACT_FIELD, f"{folded}.*")

    def search(
        self, query: tantivy.Query, k: int, rows: npt.NDArray[np.int64] | None = None
    ) -> tuple[npt.NDArray[np.int64], Floats]:
        """Rows and scores of the ``k`` best, best first, ties by row; only among ``rows`` when given."""
        if k == 0 or len(self) == 0 or (rows is not None and len(rows) == 0):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if rows is not None:
            within = tantivy.Query.term_set_query(self._schema, "row", rows.tolist())
            query = tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, query),
                    (tantivy.Occur.Must, tantivy.Query.const_score_query(within, 0.0)),
                ]
            )
        hits = self._searcher.search(query, limit=k, count=False).hits
        if not hits:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found = np.fromiter(
            self._searcher.fast_field_values("row", [address for _, address in hits]), np.int64, len(hits)
        )
        scores = np.fromiter((score for score, _ in hits), np.float32, len(hits))
        order = np.lexsort((found, -scores))
        return found[order], scores[order]

    def rows(self, query: tantivy.Query) -> npt.NDArray[np.int64]:
        """Every row that matches, in order."""
        constant = tantivy.Query.const_score_query(query, 1.0)
        found, _ = self.search(constant, len(self))
        return np.sort(found)

    def words_with_prefix(self, folded: str, limit: int) -> list[tuple[str, int]]:
        """Words of the collection that begin so, each with the number of passages that have it."""
        return self._searcher.terms_with_prefix(EXACT_FIELD, folded, limit=limit)
