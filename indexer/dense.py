"""Dense vectors: a scan over 8-bit codes chooses (FAISS, ``dense.faiss``), 16-bit vectors score.

The codes are signed bytes on one scale: the vectors are centred, turned by the fixed rotation (after which every
dimension has the same spread), and cut at 5 standard deviations. Centring and scale change every inner product
alike, so the scan needs neither: the file depends only on the vectors and their order.

Every row is scanned up to :data:`LISTS_FROM` rows. From there on rows are in lists by the centre they are nearest to
(IVF: Sivic & Zisserman, ICCV 2003), and a search looks at the lists whose centres are nearest to the question; among
chosen rows it looks at all lists.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from indexer.cores import together
from indexer.encoder.protocol import Floats
from indexer.selection import Selection
from indexer.token_codes import rotation

FILE = "dense.faiss"
_BATCH = 65_536
_DEVIATIONS = 5.0
_LARGEST = 127
# Candidates of the scan for each vector wanted. 100,000 vectors, questions of real words, one core, best of 60: 2.1 ms;
# FAISS's 8-bit codes on a range a dimension take 13.6 ms, its floats 11.8 ms. recall@100 against the floats on nearly
# tied vectors: 0.97 by the codes alone.
_CANDIDATES = 2
# A million rows in 1,000 lists, one in four looked at: 0.992 of the exact 100 nearest in 12.3 ms on one core, where
# every row takes 44 (docs/index-choices.md).
LISTS_FROM = 250_000
_LIST_ROWS = 1_000
_LOOKED_AT = 4
# What centres are learned from: so many rows a list, in so many rounds.
_LEARNED_FROM = 48
_ROUNDS = 6
# From this many rows on, another thread scans half of them: 100,000 wait 2.2 ms instead of 3.8.
_HALVES_FROM = 20_000
# Among fewer rows than this all are scored; the scan has nothing to choose.
_FEW = 2_000


_Search = Callable[[], tuple[Any, Any]]
_Found = tuple[Floats, npt.NDArray[np.int64]]


class ExactVectors(Protocol):
    """Where the 16-bit vectors are."""

    def dense(self, rows: npt.NDArray[np.int64]) -> Floats:
        """The vectors of some rows, ``(len(rows), dimension)``."""
        ...


def write_dense(path: Path, vectors: Floats, lists_from: int = LISTS_FROM) -> None:
    """Write the codes of ``(n, dimension)`` unit vectors; row ``i`` of the index is row ``i`` of the array.

    Args:
        lists_from: from this many rows on, rows are in lists.
    """
    dimension = vectors.shape[1]
    centre = vectors.mean(axis=0) if len(vectors) else np.zeros(dimension, np.float32)
    batches = [slice(first, first + _BATCH) for first in range(0, len(vectors), _BATCH)]
    squares = sum(float(np.square(vectors[batch] - centre, dtype=np.float64).sum()) for batch in batches)
    step = max(_DEVIATIONS * np.sqrt(squares / max(vectors.size, 1)) / _LARGEST, 1e-12)

    def codes(some: Floats) -> Floats:
        turned = (some - centre) @ rotation(dimension)
        return np.asarray(np.clip(np.rint(turned / np.float32(step)), -_LARGEST, _LARGEST))

    if len(vectors) < lists_from:
        index: faiss.Index = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )
    else:
        lists = max(len(vectors) // _LIST_ROWS, 1)
        index = _learned(lists, codes(vectors[:: max(len(vectors) // (_LEARNED_FROM * lists), 1)]))
    for batch in batches:
        index.add(codes(vectors[batch]))
    faiss.write_index(index, str(path))


def _learned(lists: int, codes: Floats) -> faiss.Index:
    """An empty index of so many lists, their centres learned from some codes."""
    index = faiss.index_factory(codes.shape[1], f"IVF{lists},SQ8_direct_signed", faiss.METRIC_INNER_PRODUCT)
    found = faiss.extract_index_ivf(index)
    found.by_residual = False
    found.cp.niter = _ROUNDS
    index.train(codes)
    return index


class DenseIndex:
    """Reader of ``dense.faiss``. Safe to call from several threads."""

    def __init__(self, index: faiss.Index, exact: ExactVectors) -> None:
        self._index = index
        self._exact = exact
        self._lists = index if isinstance(index, faiss.IndexIVF) else None
        if self._lists is not None:
            # Two threads look at as many each.
            self._lists.nprobe = -(-self._lists.nlist // (2 * _LOOKED_AT))

    @classmethod
    def open(cls, path: Path, exact: ExactVectors) -> "DenseIndex":
        """Open a file whose checksum was verified (FAISS trusts what it reads)."""
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC), exact)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, query: Floats, k: int, within: Selection | None = None) -> tuple[npt.NDArray[np.int64], Floats]:
        """Rows and inner products of the ``k`` nearest, best first, ties by row; only ``within`` when given."""
        rows = None if within is None else within.rows
        k = min(k, len(self) if rows is None else len(rows))
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        few = rows is not None and len(rows) <= _FEW
        near = np.sort(rows) if few and rows is not None else self._scan(query, _CANDIDATES * k, rows)
        scores = self.scores(query, near)
        order = np.argsort(-scores, kind="stable")[:k]
        return near[order], scores[order]

    def _scan(self, query: Floats, k: int, rows: npt.NDArray[np.int64] | None) -> npt.NDArray[np.int64]:
        """Candidates in order of row."""
        turned = query @ rotation(len(query))
        # The codes are scanned in integers.
        rounded = np.rint(turned * (_LARGEST / max(float(np.abs(turned).max()), 1e-12))).astype(np.float32)
        parts = self._parts(rounded[None, :], min(k, len(self)), rows)
        found = together([partial(_searched, part) for part in parts])
        scores, near = (np.concatenate(column) for column in zip(*found, strict=True))
        return np.sort(near[np.argsort(-scores, kind="stable")[:k]])

    def _parts(self, asked: Floats, k: int, rows: npt.NDArray[np.int64] | None) -> list[_Search]:
        """What each thread looks for, of the ``k`` best for ``(1, dimension)``."""
        if self._lists is not None and rows is None:
            nearness, lists = self._lists.quantizer.search(asked, 2 * self._lists.nprobe)
            halves = ((lists[:, half::2], nearness[:, half::2]) for half in (0, 1))
            # Declared as in C++, but called as FAISS's Python wraps it.
            search: Any = self._lists.search_preassigned
            return [partial(search, asked, k, *half) for half in halves]
        return [partial(self._index.search, asked, k, params=parameters) for parameters in self._parameters(rows)]

    def _parameters(self, rows: npt.NDArray[np.int64] | None) -> list[faiss.SearchParameters | None]:
        """Where each thread looks: in half of the rows, or, among chosen rows, at all lists."""
        if rows is not None:
            chosen = faiss.IDSelectorBatch(rows)
            if self._lists is not None:
                return [faiss.SearchParametersIVF(nprobe=self._lists.nlist, sel=chosen)]  # type: ignore[call-arg]
            return [faiss.SearchParameters(sel=chosen)]  # type: ignore[call-arg]
        if len(self) < _HALVES_FROM:
            return [None]
        halves = (0, len(self) // 2), (len(self) // 2, len(self))
        return [faiss.SearchParameters(sel=faiss.IDSelectorRange(*half)) for half in halves]  # type: ignore[call-arg]

    def scores(self, query: Floats, rows: npt.NDArray[np.int64]) -> Floats:
        """Inner products of given rows, ``(len(rows),)``."""
        return self.scorer(rows)(query)

    def scorer(self, rows: npt.NDArray[np.int64]) -> Callable[[Floats], Floats]:
        """What gives those of given rows with a query to come: their vectors are read now."""
        vectors = self._exact.dense(rows)
        return lambda query: np.asarray(vectors @ query if len(vectors) else np.empty(0), dtype=np.float32)

    def vectors(self, rows: npt.NDArray[np.int64]) -> Floats:
        """The vectors of given rows as stored, ``(len(rows), dimension)``."""
        return self._exact.dense(rows)


def _searched(search: _Search) -> _Found:
    """Scores and rows of one query, on the calling thread alone."""
    # FAISS's own threads only wait for each other on one query: 10 ms instead of 4.5 for 100,000 rows. The setting
    # holds for the calling thread alone.
    faiss.omp_set_num_threads(1)
    (scores,), (rows,) = search()
    return scores[rows >= 0], rows[rows >= 0]
