"""Retrieval in one compartment: candidates from both channels, and every channel's score for each of them."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import tantivy

from indexer.encoder.protocol import Encoded, Floats
from indexer.generation import Generation
from indexer.token_codes import maxsim
from search_api.engine.answer import Channel
from search_api.engine.reading import Reading

Rows = npt.NDArray[np.int64]

FIELD_WEIGHTS = {"body": 1.0, "title": 0.8, "heading": 0.6}
"""BM25 weights of the lexical fields; a generation's parameters, the same for every query."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is looked at.

    Attributes:
        channel: passages each channel brings.
        late: candidates whose token vectors are read; those left out rank below.
    """

    channel: int = 100
    late: int = 100


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate passages of one compartment; every array has one entry a row.

    ``scores`` holds ``lexical`` (BM25), ``dense`` (cosine) and, after :func:`add_late`, ``late`` (MaxSim).
    """

    generation: Generation
    rows: Rows
    scores: dict[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, kept: npt.NDArray[np.intp]) -> "Candidates":
        """Some of the candidates, in the order given."""
        return Candidates(self.generation, self.rows[kept], {n: s[kept] for n, s in self.scores.items()})


def retrieve(
    generation: Generation, reading: Reading, query: Encoded | None, channel: Channel, depth: Depth
) -> Candidates:
    """The best passages of each channel asked for, with the scores of both computed for their union."""
    lexical_query = generation.lexical.any_of(reading.stems, FIELD_WEIGHTS)
    rows = np.empty(0, np.int64)
    if channel is not Channel.DENSE and reading.stems:
        rows, lexical = generation.lexical.search(lexical_query, depth.channel)
        if channel is Channel.LEXICAL:
            return Candidates(generation, rows, {"lexical": lexical})
    if channel is Channel.LEXICAL or query is None:
        return Candidates(generation, rows, {})
    near, dense = generation.dense.search(query.dense, depth.channel)
    if channel is Channel.DENSE:
        return Candidates(generation, near, {"dense": dense})
    union = np.union1d(rows, near)
    scores = {
        "lexical": _lexical_scores(generation, lexical_query, reading, union),
        "dense": generation.dense.scores(query.dense, union),
    }
    return Candidates(generation, union, scores)


def _lexical_scores(generation: Generation, query: tantivy.Query, reading: Reading, rows: Rows) -> Floats:
    """BM25 of given rows; a row without any of the words has 0."""
    result = np.zeros(len(rows), np.float32)
    if reading.stems:
        found, scores = generation.lexical.search(query, len(rows), rows)
        result[np.searchsorted(rows, found)] = scores
    return result


def add_late(candidates: Candidates, query: Encoded) -> Candidates:
    """The same candidates with their ``late`` scores."""
    codes, lengths = candidates.generation.tokens.codes(candidates.rows)
    late = maxsim(query.tokens, codes, lengths)
    return Candidates(candidates.generation, candidates.rows, {**candidates.scores, "late": late})
