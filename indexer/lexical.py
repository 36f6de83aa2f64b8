"""Lexical index: BM25 over French terms (tantivy), writer and reader of ``lexical/``.

tantivy only ever sees terms made by :mod:`corpus.french`, separated by spaces; so indexing, queries, highlights
and another storage all read text alike. One tantivy document is one passage; ``row`` is its number.
"""

import itertools
import math
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tantivy

from indexer.acronyms import FILE as ACRONYMS_FILE
from indexer.acronyms import AcronymMiner, acronym_forms, read_acronyms, write_acronyms
from indexer.encoder.protocol import Floats
from indexer.lexical_query import (
    BODY,
    EXACT,
    HEADING,
    IDENTIFIER,
    TITLE,
    AnyOf,
    ExactItem,
    LexicalQuery,
    Prefix,
    StemIn,
    fewest_pairs,
    phrase_pairs,
    spelt,
)
from indexer.passage_terms import TITLE_WEIGHT, LexicalPassage, PassageTerms
from indexer.selection import Selection
from indexer.stem_counts import Counted, StemCounts, StemCountsWriter
from indexer.term_reading import read_passages
from indexer.vocabulary import Vocabulary

FOLDER = "lexical"
_PASSAGES, _DOCUMENTS = "passages", "documents"
_PASSAGE_STEMS, _DOCUMENT_STEMS = "passage-stems", "document-stems"
_HEAP = 256 << 20
_TOKENIZER = "whitespace"
# More rows than this are not named to tantivy one by one (2,000 rows: some 1 ms).
_FEW_ROWS = 2_000
# tantivy rounds the length of an entry by up to 12%: so many times the best wanted are scored again.
_CANDIDATES = 1.25


def _passage_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_text_field(BODY, tokenizer_name=_TOKENIZER, index_option="freq")
    builder.add_text_field(TITLE, tokenizer_name=_TOKENIZER, index_option="basic")
    builder.add_text_field(HEADING, tokenizer_name=_TOKENIZER, index_option="basic")
    builder.add_text_field(EXACT, tokenizer_name=_TOKENIZER, index_option="position")
    builder.add_text_field(IDENTIFIER, tokenizer_name=_TOKENIZER, index_option="basic")
    return builder.build()


def _document_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_text_field(BODY, tokenizer_name=_TOKENIZER, index_option="freq")
    return builder.build()


def _new(folder: Path, schema: tantivy.Schema) -> tantivy.IndexWriter:
    folder.mkdir()
    # One thread: passages keep their order, and two builds of the same passages are the same index.
    return tantivy.Index(schema, path=str(folder)).writer(heap_size=_HEAP, num_threads=1)


def write_lexical(folder: Path, passages: Iterable[LexicalPassage]) -> int:
    """Write the indexes of passages in row order, those of a document together, into a new folder.

    Returns:
        how many passages were written.
    """
    folder.mkdir()
    by_passage = _new(folder / _PASSAGES, _passage_schema())
    by_document = _new(folder / _DOCUMENTS, _document_schema())
    miner = AcronymMiner()
    count = 0
    with (
        StemCountsWriter(folder / _PASSAGE_STEMS) as passage_stems,
        StemCountsWriter(folder / _DOCUMENT_STEMS) as document_stems,
    ):
        for document, group in itertools.groupby(read_passages(passages), key=lambda read: read[0].document):
            said: list[str] = []
            counted: list[Counted] = []
            for _, read in group:
                if not said:
                    title = read.terms.title * TITLE_WEIGHT
                    said, counted = [*title], [Counted.of(title)]
                said += read.terms.body
                counted.append(read.body)
                by_passage.add_document(_passage(count, read.terms))
                passage_stems.add(count, read.stems)
                miner.add(document, read.acronyms)
                count += 1
            whole = tantivy.Document()
            whole.add_unsigned("row", document)
            whole.add_text(BODY, " ".join(said))
            by_document.add_document(whole)
            document_stems.add(document, Counted.together(counted))
    for writer in (by_passage, by_document):
        writer.commit()
        writer.wait_merging_threads()
    write_acronyms(folder / ACRONYMS_FILE, miner.expansions())
    return count


def _passage(row: int, read: PassageTerms) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("row", row)
    # One field for BM25: scored apart, a short field's length makes its words outweigh the text's
    # (MRR@10 on 706 sheets, titles removed: 0.80 together, 0.69 with headings apart).
    document.add_text(BODY, " ".join([*read.title, *read.body]))
    document.add_text(TITLE, " ".join(read.title))
    document.add_text(HEADING, " ".join(read.headings))
    document.add_text(EXACT, " ".join(read.words))
    document.add_text(IDENTIFIER, " ".join(read.identifiers))
    return document


class _Searcher:
    """A frozen searcher over ``row``-numbered entries. Safe to call from several threads."""

    def __init__(self, folder: Path, stems: Path) -> None:
        index = tantivy.Index.open(str(folder))
        self.schema = index.schema
        self.searcher = index.searcher()
        self.stems = StemCounts(stems)

    def __len__(self) -> int:
        return int(self.searcher.num_docs)

    def _read(self, query: LexicalQuery) -> tantivy.Query:
        """The query as tantivy has it."""
        match query:
            case AnyOf(stems, lighter):
                clauses = [(tantivy.Occur.Should, self._term(BODY, stem)) for stem in stems]
                for alternatives, weight in lighter:
                    best = tantivy.Query.disjunction_max_query([self._term(BODY, stem) for stem in alternatives])
                    clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(best, weight)))
                return tantivy.Query.boolean_query(clauses) if clauses else tantivy.Query.empty_query()
            case ExactItem():
                return self._exact(query)
            case StemIn(field, stem):
                return self._term(field, stem)
            case Prefix(folded):
                return tantivy.Query.regex_query(self.schema, EXACT, f"{folded}.*")

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self.schema, field, term)

    def _exact(self, item: ExactItem) -> tantivy.Query:
        if item.identifier and item.edits:
            return tantivy.Query.fuzzy_term_query(self.schema, IDENTIFIER, item.identifier, item.edits)
        if item.edits:
            return self._most_of(item)
        ways = [self._term(IDENTIFIER, item.identifier)] if item.identifier else []
        ways += [self._phrase(item)] if item.words else []
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, way) for way in ways])

    def _phrase(self, item: ExactItem) -> tantivy.Query:
        if len(item.words) == 1:
            return self._term(EXACT, item.words[0])
        return tantivy.Query.phrase_query(self.schema, EXACT, list(item.words), item.slop)

    def _any_of(self, pair: ExactItem, phrase: ExactItem) -> tantivy.Query:
        ways = [(tantivy.Occur.Should, self._phrase(way)) for way in spelt(pair, phrase)]
        return tantivy.Query.boolean_query(ways)

    def _most_of(self, phrase: ExactItem) -> tantivy.Query:
        pairs = [tantivy.Query.const_score_query(self._any_of(pair, phrase), 1.0) for pair in phrase_pairs(phrase)]
        if not pairs:
            return tantivy.Query.empty_query()
        clauses = [(tantivy.Occur.Should, pair) for pair in pairs]
        return tantivy.Query.boolean_query(clauses, minimum_number_should_match=fewest_pairs(phrase, len(pairs)))

    def search(
        self, query: LexicalQuery, k: int, within: Selection | None = None
    ) -> tuple[npt.NDArray[np.int64], Floats]:
        """Rows and scores of the ``k`` best, best first, ties by row; only ``within`` when given."""
        rows = None if within is None else self._allowed(within)
        if isinstance(query, AnyOf):
            return self._said(query, k, rows)
        return self._search(self._read(query), k, rows)

    def _said(self, query: AnyOf, k: int, rows: npt.NDArray[np.int64] | None) -> tuple[npt.NDArray[np.int64], Floats]:
        """The best for their words."""
        few = rows is not None and len(rows) <= _FEW_ROWS
        more = math.ceil(_CANDIDATES * k)
        near = rows if few and rows is not None else np.sort(self._search(self._read(query), more, rows)[0])
        scores = self.scores(query, near)
        order = np.argsort(-scores, kind="stable")[: min(k, int((scores > 0).sum()))]
        return near[order], scores[order]

    def _allowed(self, within: Selection) -> npt.NDArray[np.int64]:
        return within.numbers

    def _search(
        self, query: tantivy.Query, k: int, rows: npt.NDArray[np.int64] | None = None
    ) -> tuple[npt.NDArray[np.int64], Floats]:
        if k == 0 or len(self) == 0 or (rows is not None and len(rows) == 0):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if rows is not None and len(rows) > max(_FEW_ROWS, k):
            return self._search_many(query, k, rows)
        if rows is not None:
            # One by one: 350 rows of 100,000 cost 1.4 ms, 5.4 ms as a term set.
            named = [tantivy.Query.term_query(self.schema, "row", row) for row in rows.tolist()]
            within = tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in named])
            query = tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, query),
                    (tantivy.Occur.Must, tantivy.Query.const_score_query(within, 0.0)),
                ]
            )
        hits = self.searcher.search(query, limit=k, count=False).hits
        if not hits:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found = np.fromiter(
            self.searcher.fast_field_values("row", [address for _, address in hits]), np.int64, len(hits)
        )
        scores = np.fromiter((score for score, _ in hits), np.float32, len(hits))
        order = np.lexsort((found, -scores))
        return found[order], scores[order]

    def _search_many(
        self, query: tantivy.Query, k: int, rows: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], Floats]:
        """As :meth:`_search` among many rows: looking further down costs less than naming each row to tantivy."""
        kept = np.zeros(int(rows.max()) + 1, bool)
        kept[rows] = True
        limit = 2 * k * len(self) // len(rows)
        while True:
            found, scores = self._search(query, limit)
            inside = found < len(kept)
            inside[inside] = kept[found[inside]]
            if inside.sum() >= k or len(found) < limit:
                return found[inside][:k], scores[inside][:k]
            limit *= 4

    def scores(self, query: LexicalQuery, rows: npt.NDArray[np.int64]) -> Floats:
        """Scores of given rows (sorted, unique), 0 for those that do not match."""
        if isinstance(query, AnyOf):
            return self.stems.scores(query, rows, len(self), lambda stem: int(self.searcher.doc_freq(BODY, stem)))
        result = np.zeros(len(rows), np.float32)
        if len(rows) > _FEW_ROWS:
            # Few entries hold an exact thing: all of them are found in less time than many rows are named.
            found, scores = self._search(self._read(query), len(self))
            wanted = np.isin(found, rows)
            found, scores = found[wanted], scores[wanted]
        else:
            found, scores = self._search(self._read(query), len(rows), rows)
        result[np.searchsorted(rows, found)] = scores
        return result

    def rows(self, query: LexicalQuery) -> npt.NDArray[np.int64]:
        """Every row that matches, in order."""
        found, _ = self._search(tantivy.Query.const_score_query(self._read(query), 1.0), len(self))
        return np.sort(found)


class LexicalIndex(_Searcher):
    """Reader of ``lexical/``: rows are passages; :attr:`documents` has one entry a document, by number.

    Attributes:
        acronyms: folded acronym to what it stands for.
        long_forms: first stem to the long forms that begin with it (their stems), each with its folded acronym.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / _PASSAGES, folder / _PASSAGE_STEMS)
        self.documents = _Searcher(folder / _DOCUMENTS, folder / _DOCUMENT_STEMS)
        self.acronyms, self.long_forms = acronym_forms(read_acronyms(folder / ACRONYMS_FILE))
        self._vocabulary: Vocabulary | None = None
        self._lock = threading.Lock()

    def _allowed(self, within: Selection) -> npt.NDArray[np.int64]:
        return within.rows

    @classmethod
    def open(cls, folder: Path) -> "LexicalIndex":
        """Open a folder whose checksums were verified."""
        return cls(folder)

    def document_frequency(self, field: str, term: str) -> int:
        """In how many passages a term stands in a field."""
        return int(self.searcher.doc_freq(field, term))

    @property
    def vocabulary(self) -> Vocabulary:
        """Every word; read at first use (some 1 µs a word)."""
        with self._lock:
            if self._vocabulary is None:
                self._vocabulary = Vocabulary(self.searcher.terms_with_prefix(EXACT, ""))
            return self._vocabulary

    def words_with_prefix(self, folded: str, limit: int) -> list[tuple[str, int]]:
        """Words of the collection that begin so, each with the number of passages that have it."""
        return self.searcher.terms_with_prefix(EXACT, folded, limit=limit)
