"""Vectors and token codes of a collection."""

import base64
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from indexer.embedding_cache import CodedTokens
from indexer.encoder.protocol import Floats
from indexer.milvus.partition import Partition
from indexer.milvus.schema import DENSE, TOKENS, texts
from indexer.selection import Selection
from indexer.storage import Rows
from indexer.token_codes import Matches, TokenCodes, laid_end_to_end
from indexer.token_spans import unpack_spans

_SCALE_BYTES, _SPAN_BYTES = 2, 4


class MilvusVectors:
    """See :class:`indexer.storage.Vectors`."""

    def __init__(self, passages: Partition, dimension: int) -> None:
        self._passages = passages
        self._dimension = dimension

    def search(self, query: Floats, k: int, within: Selection | None = None) -> tuple[Rows, Floats]:
        """See :class:`indexer.storage.Vectors`; the graph's neighbours, 0.95 of the nearest or more."""
        return self._passages.best(DENSE, query, k, within)

    def scores(self, query: Floats, rows: Rows) -> Floats:
        """See :class:`indexer.storage.Vectors`; rows in any order."""
        unique, places = np.unique(rows, return_inverse=True)
        return np.asarray(self._passages.scores(DENSE, [query], unique)[0][places], np.float32)

    def scorer(self, rows: Rows) -> Callable[[Floats], Floats]:
        """See :class:`indexer.storage.Vectors`; Milvus computes, so nothing is done before."""
        return partial(self.scores, rows=rows)

    def vectors(self, rows: Rows) -> Floats:
        """See :class:`indexer.storage.Vectors`."""
        found = self._passages.read(DENSE, rows)
        return np.array([found[row] for row in rows.tolist()], np.float32).reshape(len(rows), self._dimension)


class MilvusCentres:
    """See :class:`indexer.storage.Centres`; a document without passages is not there and scores 0."""

    def __init__(self, documents: Partition, has_passages: npt.NDArray[np.bool_]) -> None:
        self._documents = documents
        self._has_passages = has_passages

    def scores(self, query: Floats, documents: Rows) -> Floats:
        """See :class:`indexer.storage.Centres`."""
        unique, places = np.unique(documents, return_inverse=True)
        result = np.zeros(len(unique), np.float32)
        there = self._has_passages[unique]
        result[there] = self._documents.scores(DENSE, [query], unique[there])[0]
        return result[places]


class MilvusCodes:
    """See :class:`indexer.storage.Codes`."""

    def __init__(self, passages: Partition, dimension: int) -> None:
        self._passages = passages
        self._dimension = dimension

    def codes(self, rows: Rows) -> tuple[TokenCodes, npt.NDArray[np.int64]]:
        """See :class:`indexer.storage.Codes`."""
        found = self._passages.read(TOKENS, np.unique(rows))
        tokens = {row: unpacked(packed, self._dimension) for row, packed in found.items()}
        each = [tokens[row].codes for row in rows.tolist()]
        if not each:
            return TokenCodes(np.empty((0, 0), np.uint8), np.empty(0, np.float16)), np.empty(0, np.int64)
        lengths = np.array([len(one.scales) for one in each], np.int64)
        return laid_end_to_end(each), lengths

    def matches(self, query: Floats, rows: Rows) -> Matches:
        """See :class:`indexer.storage.Codes`."""
        return Matches.of(query, *self.codes(rows))

    def offsets(self, row: int) -> npt.NDArray[np.int32]:
        """See :class:`indexer.storage.Codes`."""
        packed = self._passages.read(TOKENS, np.array([row], np.int64))[row]
        return unpack_spans(unpacked(packed, self._dimension).spans)


def packed(tokens: CodedTokens) -> list[str]:
    """The tokens of a passage as Milvus keeps them: it has no field of bytes."""
    parts = (tokens.codes.signs, tokens.codes.scales, tokens.spans)
    return texts(base64.b64encode(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).decode())


def unpacked(pieces: list[str], dimension: int) -> CodedTokens:
    """The tokens that :func:`packed` was given."""
    whole = base64.b64decode("".join(pieces))
    width = (dimension + 7) // 8
    count = len(whole) // (width + _SCALE_BYTES + _SPAN_BYTES)
    signs, scales, spans = np.split(np.frombuffer(whole, np.uint8), [count * width, count * (width + _SCALE_BYTES)])
    return CodedTokens(
        TokenCodes(signs.reshape(count, width), scales.view(np.float16)), spans.view(np.uint16).reshape(count, 2)
    )
