"""One partition of a collection, searched and read by row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from indexer.encoder.protocol import Floats
from indexer.milvus.connection import told
from indexer.milvus.schema import DENSE, DOCUMENT, EXACT, ID, Part
from indexer.selection import Selection
from indexer.storage import Rows

if TYPE_CHECKING:
    from pymilvus import MilvusClient

SparseVector = Mapping[int, float]
Query = Floats | SparseVector

# What Milvus gives at most for one query.
MOST = 16_384
# More documents than this are not named to it one by one: their numbers would be 100 kB an expression.
_FEW_DOCUMENTS = 10_000
_NARROWEST_BEAM = 128


def any_exact(terms: Sequence[int]) -> str:
    """The expression of entries with any of some exact terms."""
    return f"array_contains_any({EXACT}, {list(terms)})"


def all_exact(terms: Sequence[int]) -> str:
    """The expression of entries with all of some exact terms."""
    return f"array_contains_all({EXACT}, {list(terms)})"


def both(*expressions: str) -> str:
    """The expression of what meets all of some expressions; "" for one that everything meets."""
    return " and ".join(f"({expression})" for expression in expressions if expression)


class Partition:
    """The passages of a collection, or its documents. Safe to call from several threads."""

    def __init__(self, client: "MilvusClient", collection: str, part: Part) -> None:
        self._client = client
        self._collection = collection
        self._part = part

    def count(self) -> int:
        """How many entries there are, all that was written seen."""
        with told(self._collection):
            (found,) = self._client.query(
                self._collection,
                filter=f"{ID} >= 0",
                output_fields=["count(*)"],
                partition_names=[self._part.name.lower()],
                consistency_level="Strong",
            )
        return int(found["count(*)"])

    def best(
        self, field: str, query: Query, k: int, within: Selection | None = None, asked: str = ""
    ) -> tuple[Rows, Floats]:
        """Rows and inner products of the ``k`` best, best first, ties by row.

        Args:
            field: :data:`~indexer.milvus.schema.DENSE` or :data:`~indexer.milvus.schema.BODY`.
            asked: an expression that they meet.
        """
        if within is None:
            return self._search(field, [query], k, asked)[0]
        if not len(within.numbers):
            return _nothing()
        if within.columns is not None:
            columns = [f"{name} in {list(codes)}" for name, codes in within.columns.items()]
            return self._search(field, [query], k, both(asked, *columns))[0]
        if len(within.numbers) > _FEW_DOCUMENTS:
            # Looking further down, then leaving out, costs one call; naming the documents costs many.
            rows, scores = self._search(field, [query], MOST, asked)[0]
            kept = within.mask[self._owners(rows, within)]
            if kept.sum() >= k or len(rows) < MOST:
                return rows[kept][:k], scores[kept][:k]
        found = [
            self._search(field, [query], k, both(asked, f"{DOCUMENT} in {chunk.tolist()}"))[0]
            for chunk in _chunks(within.numbers, _FEW_DOCUMENTS)
        ]
        rows, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def scores(self, field: str, queries: Sequence[Query], rows: Rows) -> Floats:
        """Inner products of given rows (sorted, unique), ``(len(queries), len(rows))``; 0 for what shares nothing."""
        result = np.zeros((len(queries), len(rows)), np.float32)
        for first in range(0, len(rows) if len(queries) else 0, MOST):
            chunk = rows[first : first + MOST]
            found = self._search(field, queries, len(chunk), self._named(chunk))
            for at, (some, scores) in enumerate(found):
                result[at, first + np.searchsorted(chunk, some)] = scores
                if field == DENSE and len(some) < len(chunk):
                    # A graph may not reach all that it is asked for.
                    missed = np.setdiff1d(chunk, some)
                    vectors = np.array([self.read(field, missed)[row] for row in missed.tolist()], np.float32)
                    result[at, first + np.searchsorted(chunk, missed)] = vectors @ np.asarray(queries[at])
        return result

    def rows(self, asked: str, among: Rows | None = None) -> Rows:
        """Every row that meets an expression, in order; only among some when given."""
        if among is not None:
            chunks = [self._rows(both(asked, self._named(chunk))) for chunk in _chunks(among, MOST)]
            return np.concatenate([np.empty(0, np.int64), *chunks])
        return self._rows(asked)

    def read(self, field: str, rows: Rows) -> dict[int, Any]:
        """A field of some rows, by row."""
        found: dict[int, Any] = {}
        for chunk in _chunks(rows, MOST):
            with told(self._collection):
                entries = self._client.query(
                    self._collection,
                    filter=self._named(chunk),
                    output_fields=[ID, field],
                    limit=len(chunk),
                    partition_names=[self._part.name.lower()],
                )
            found |= {int(entry[ID]) - self._part.value: entry[field] for entry in entries}
        return found

    def _owners(self, rows: Rows, within: Selection) -> npt.NDArray[np.integer]:
        return rows if self._part is Part.DOCUMENTS else within.document_of[rows]

    def _named(self, rows: Rows) -> str:
        return f"{ID} in {(rows + self._part.value).tolist()}"

    def _search(self, field: str, queries: Sequence[Query], k: int, asked: str) -> list[tuple[Rows, Floats]]:
        k = min(k, MOST)
        if k == 0:
            return [_nothing() for _ in queries]
        beam = {"params": {"ef": max(2 * k, _NARROWEST_BEAM)}} if field == DENSE else {}
        with told(self._collection):
            answers = self._client.search(
                self._collection,
                data=[query if isinstance(query, np.ndarray) else dict(query) for query in queries],
                anns_field=field,
                limit=k,
                filter=asked,
                output_fields=[ID],
                search_params={"metric_type": "IP", **beam},
                partition_names=[self._part.name.lower()],
            )
        return [self._ordered(answer) for answer in answers]

    def _ordered(self, answer: Sequence[Mapping[str, Any]]) -> tuple[Rows, Floats]:
        rows = np.fromiter((hit[ID] for hit in answer), np.int64, len(answer)) - self._part.value
        scores = np.fromiter((hit["distance"] for hit in answer), np.float32, len(answer))
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def _rows(self, asked: str) -> Rows:
        found: list[int] = []
        with told(self._collection):
            pages = self._client.query_iterator(
                self._collection,
                batch_size=MOST,
                filter=asked,
                output_fields=[ID],
                partition_names=[self._part.name.lower()],
            )
            while page := pages.next():
                found.extend(entry[ID] for entry in page)
            pages.close()
        return np.sort(np.array(found, np.int64)) - self._part.value


def _chunks(rows: Rows, size: int) -> Iterator[Rows]:
    return (rows[first : first + size] for first in range(0, len(rows), size))


def _nothing() -> tuple[Rows, Floats]:
    return np.empty(0, np.int64), np.empty(0, np.float32)
