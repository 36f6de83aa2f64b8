"""Retrieval in one compartment: candidate documents from both channels, and every score of each of them.

A document is found by a passage, or by what it says as a whole. Both kinds of evidence are kept: a passage scores for
the words and the meaning it has, a document for all its words (BM25) and for the centre of its vectors, so that a
long document does not win by having one passage for everything, nor a short one by its length.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from indexer.encoder.protocol import Encoded, Floats
from indexer.lexical_query import AnyOf, ExactItem
from indexer.selection import Selection
from indexer.storage import Storage
from search_api.engine.answer import Channel
from search_api.engine.reading import Reading

Rows = npt.NDArray[np.int64]

PASSAGE_EVIDENCE = ("lexical", "dense", "late")
DOCUMENT_EVIDENCE = ("lexical_document", "dense_document", "late_document")


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is looked at.

    Attributes:
        passages: passages each channel brings.
        documents: documents that their words as a whole bring.
        late: documents whose token vectors are read; those left out rank below.
        late_passages: passages read of each of them, the best first.
    """

    passages: int = 200
    documents: int = 100
    late: int = 40
    late_passages: int = 3


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate documents of one compartment, in order of number, and their candidate passages.

    Attributes:
        rows: ``(n,)``, sorted; the passages of a document stand together.
        documents: ``(m,)``, sorted.
        starts: ``(m,)``, place in ``rows`` of each document's first passage.
        passage_scores: by name of evidence, ``(n,)`` each.
        document_scores: by name of evidence, ``(m,)`` each.
        exact: ``(m,)``, how many of the exact things asked for the document holds.
        near: ``(m,)``, how many identifiers it holds as a reading of an image may have spoilt them.
        similarities: of the tokens of each passage that late interaction read, by its row, with the question's.
    """

    generation: Storage
    rows: Rows
    documents: Rows
    starts: npt.NDArray[np.intp]
    passage_scores: dict[str, Floats]
    document_scores: dict[str, Floats]
    exact: npt.NDArray[np.int64]
    near: npt.NDArray[np.int64]
    similarities: Mapping[int, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.documents)

    @property
    def places(self) -> npt.NDArray[np.intp]:
        """``(n,)``, place in ``documents`` of each passage's document."""
        return np.searchsorted(self.documents, self.generation.passages.document_of[self.rows])

    def evidence(self) -> dict[str, Floats]:
        """Every kind of evidence by document, ``(m,)`` each: a passage's counts for its document's best."""
        best = {name: np.maximum.reduceat(scores, self.starts) for name, scores in self.passage_scores.items()}
        return best | self.document_scores if len(self) else dict.fromkeys(best, np.empty(0, np.float32))

    def only(self, kept: npt.NDArray[np.intp]) -> "Candidates":
        """Some of the documents (sorted places in ``documents``) with all their candidate passages."""
        wanted = np.isin(self.places, kept)
        return grouped(
            self.generation,
            self.rows[wanted],
            {name: scores[wanted] for name, scores in self.passage_scores.items()},
            {name: scores[kept] for name, scores in self.document_scores.items()},
            self.exact[kept],
            self.near[kept],
        )


def grouped(
    generation: Storage,
    rows: Rows,
    passage_scores: dict[str, Floats],
    document_scores: dict[str, Floats],
    exact: npt.NDArray[np.int64],
    near: npt.NDArray[np.int64],
) -> Candidates:
    """Rows (sorted) with their scores, as the candidates of their documents."""
    owners = generation.passages.document_of[rows].astype(np.int64)
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    return Candidates(generation, rows, owners[starts], starts, passage_scores, document_scores, exact, near)


Scored = tuple[Rows, Floats]
"""Rows and their scores, best first."""

_NOTHING: Scored = (np.empty(0, np.int64), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True)
class Worded:
    """What the words of a question find in one compartment, its meaning being looked at meanwhile.

    Attributes:
        exact: for each exact thing asked for, the passages that hold it; all of them when they are fewer than asked.
        words: what was asked of the words; None when they were not asked.
        passages, documents: the best for their words, none when they were not asked.
        rows: every passage of these documents, in order.
        nearness: gives their inner products with a question to come; None when its meaning is not asked for.
    """

    exact: Mapping[ExactItem, Scored]
    words: AnyOf | None
    passages: Scored
    documents: Scored
    rows: Rows
    nearness: Callable[[Floats], Floats] | None


def find_words(
    generation: Storage, reading: Reading, channel: Channel, depth: Depth, within: Selection | None = None
) -> Worded:
    """The best passages and documents for their words, and passages that hold what is asked for exactly.

    Args:
        within: the documents that may answer; None for all.
    """
    lexical = generation.lexical
    exact = {item: lexical.search(item, depth.passages, within) for item in (*reading.exact, *reading.near)}
    words, passages, documents = None, _NOTHING, _NOTHING
    if channel is not Channel.DENSE and (reading.stems or reading.extras):
        words = AnyOf(reading.stems, tuple((extra.stems, extra.weight) for extra in reading.extras))
        passages = lexical.search(words, depth.passages, within)
        documents = lexical.documents.search(words, depth.documents, within)
    rows = generation.passages.rows_of(np.sort(documents[0]))
    nearness = None if channel is Channel.LEXICAL else generation.dense.scorer(rows)
    return Worded(exact, words, passages, documents, rows, nearness)


@dataclass(frozen=True, slots=True)
class Meant:
    """What the meaning of a question finds in one compartment.

    Attributes:
        query: the question, encoded.
        passages: the nearest.
    """

    query: Encoded
    passages: Scored


def nearest(generation: Storage, query: Encoded, depth: Depth, within: Selection | None = None) -> Meant:
    """The passages of one compartment nearest to a question."""
    return Meant(query, generation.dense.search(query.dense, depth.passages, within))


def retrieve(
    generation: Storage, reading: Reading, worded: Worded, standing: Scored, meant: Meant | None, depth: Depth
) -> Candidates:
    """The best documents of the channels asked for, with every score of those channels for all of them.

    Args:
        worded: what :func:`find_words` found of the same reading.
        standing: what :func:`representatives` gives for it.
        meant: what :func:`nearest` found; None asks by words alone.
    """
    found = [worded.passages, standing, *worded.exact.values(), *([meant.passages] if meant else ())]
    rows = _united([one for one, _ in found])
    passage_scores: dict[str, Floats] = {}
    document_scores: dict[str, Floats] = {}
    documents = _united([generation.passages.document_of[rows].astype(np.int64)])
    if (words := worded.words) is not None:
        lexical = generation.lexical
        passage_scores["lexical"] = _completed([worded.passages], rows, lambda some: lexical.scores(words, some))
        document_scores["lexical_document"] = _completed(
            [worded.documents], documents, lambda some: lexical.documents.scores(words, some)
        )
    if meant is not None:
        vector = meant.query.dense
        passage_scores["dense"] = _completed(
            [standing, meant.passages], rows, lambda some: generation.dense.scores(vector, some)
        )
        document_scores["dense_document"] = generation.documents.scores(vector, documents)
    exact, near = (_held(generation, items, worded, documents, depth) for items in (reading.exact, reading.near))
    return grouped(generation, rows, passage_scores, document_scores, exact, near)


def _completed(known: Sequence[Scored], rows: Rows, score: Callable[[Rows], Floats]) -> Floats:
    """Scores of rows (sorted), those of the best being known: only the others are asked for."""
    result = np.zeros(len(rows), np.float32)
    unknown = np.ones(len(rows), bool)
    for some, scores in known:
        places, wanted = _sought(some, rows)
        result[places[wanted]], unknown[places[wanted]] = scores[wanted], False
    result[unknown] = score(rows[unknown])
    return result


def _united(several: Sequence[Rows]) -> Rows:
    """All of them, sorted, once each: a fourth of the time of ``np.unique``, which sorts what it has hashed."""
    together: Rows = np.sort(np.concatenate(several))
    first: Rows = together[np.diff(together, prepend=-1) != 0]
    return first


def _sought(some: Rows, rows: Rows) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Where some rows stand, or would, among sorted ones, and whether they do."""
    places = np.searchsorted(rows, some)
    if not len(rows):
        return places, np.zeros(len(some), bool)
    return places, rows[np.minimum(places, len(rows) - 1)] == some


def representatives(generation: Storage, query: Encoded | None, worded: Worded, depth: Depth) -> Scored:
    """The passages that stand for documents found as a whole: the nearest to the query, or the first."""
    rows = worded.rows
    owner = generation.passages.document_of[rows]
    nearness = np.zeros(len(rows), np.float32)
    if query is not None and worded.nearness is not None:
        nearness = worded.nearness(query.dense)
    order = np.lexsort((rows, -nearness, owner))
    rank = np.arange(len(order)) - np.searchsorted(owner[order], owner[order])
    kept = order[rank < depth.late_passages]
    return rows[kept], nearness[kept]


def _held(
    generation: Storage, items: Sequence[ExactItem], worded: Worded, documents: Rows, depth: Depth
) -> npt.NDArray[np.int64]:
    """How many of these things each document holds, in any of its passages; of a phrase whose words may differ, how
    many pairs of words."""
    result = np.zeros(len(documents), np.int64)
    for item in items if len(documents) else ():
        rows, scores = worded.exact[item]
        if len(rows) >= depth.passages:
            # There are more than those found.
            rows = generation.passages.rows_of(documents)
            scores = generation.lexical.scores(item, rows)
        held = (np.rint(scores) if item.words and item.edits else scores > 0).astype(np.int64)
        best = np.zeros(len(documents), np.int64)
        np.maximum.at(best, np.searchsorted(documents, generation.passages.document_of[rows]), held)
        result += best
    return result


def add_late(candidates: Candidates, query: Encoded, shares: Floats, depth: Depth) -> Candidates:
    """The same documents with ``late`` and ``late_document`` evidence, over their best passages.

    ``late`` is MaxSim with a passage; ``late_document`` takes each query token's best match among all the
    passages read, for an answer that is spread over several.

    Args:
        shares: ``(m,)``, how much each token of the question counts; their sum is 1.
    """
    if not len(candidates):
        return replace(
            candidates,
            passage_scores=candidates.passage_scores | {"late": np.empty(0, np.float32)},
            document_scores=candidates.document_scores | {"late_document": np.empty(0, np.float32)},
        )
    read = _best_passages(candidates, depth.late_passages)
    rows = candidates.rows[read]
    matches = candidates.generation.tokens.matches(query.tokens, rows)
    best = matches.best()
    scores = best @ shares
    # A passage that was not read has the least evidence, not none: it belongs to a document that was.
    late = np.full(len(candidates.rows), scores.min(), np.float32)
    late[read] = scores
    starts = np.searchsorted(candidates.places[read], np.arange(len(candidates)))
    together = np.maximum.reduceat(best, starts, axis=0) @ shares
    return replace(
        candidates,
        similarities=dict(zip(rows.tolist(), matches.by_passage(), strict=True)),
        passage_scores=candidates.passage_scores | {"late": late},
        document_scores=candidates.document_scores | {"late_document": together},
    )


def _best_passages(candidates: Candidates, most: int) -> npt.NDArray[np.intp]:
    """Sorted places in ``rows`` of each document's best passages by what is known so far."""
    preliminary = sum(
        (scores - scores.min()) / max(float(np.ptp(scores)), 1e-9) for scores in candidates.passage_scores.values()
    )
    order = np.lexsort((-np.asarray(preliminary), candidates.places))
    rank = np.arange(len(order)) - candidates.starts[candidates.places[order]]
    return np.sort(order[rank < most])
