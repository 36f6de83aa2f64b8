"""Dense vectors: an exact scan over 8-bit codes chooses (FAISS, ``dense.faiss``), 16-bit vectors score.

The codes are signed bytes on one scale: the vectors are centred, turned by the fixed rotation (after which every
dimension has the same spread), and cut at 5 standard deviations. Centring and scale change every inner product
alike, so the scan needs neither: the file depends only on the vectors and their order.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import faiss
import numpy as np
import numpy.typing as npt

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
# From this many rows on, two threads scan a half each: a million rows take 81 ms instead of 127 on two busy cores.
_HALVES_FROM = 250_000
# Among fewer rows than this all are scored; the scan has nothing to choose.
_FEW = 2_000


class ExactVectors(Protocol):
    """Where the 16-bit vectors are."""

    def dense(self, rows: npt.NDArray[np.int64]) -> Floats:
        """The vectors of some rows, ``(len(rows), dimension)``."""
        ...


def write_dense(path: Path, vectors: Floats) -> None:
    """Write the codes of ``(n, dimension)`` unit vectors; row ``i`` of the index is row ``i`` of the array."""
    dimension = vectors.shape[1]
    index = faiss.IndexScalarQuantizer(
        dimension, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
    )
    centre = vectors.mean(axis=0) if len(vectors) else np.zeros(dimension, np.float32)
    batches = [slice(first, first + _BATCH) for first in range(0, len(vectors), _BATCH)]
    squares = sum(float(np.square(vectors[batch] - centre, dtype=np.float64).sum()) for batch in batches)
    step = max(_DEVIATIONS * np.sqrt(squares / max(vectors.size, 1)) / _LARGEST, 1e-12)
    for batch in batches:
        turned = (vectors[batch] - centre) @ rotation(dimension)
        index.add(np.clip(np.rint(turned / np.float32(step)), -_LARGEST, _LARGEST))
    faiss.write_index(index, str(path))


class DenseIndex:
    """Reader of ``dense.faiss``. Safe to call from several threads."""

    def __init__(self, index: faiss.Index, exact: ExactVectors, *, halves_from: int = _HALVES_FROM) -> None:
        self._index = index
        self._exact = exact
        half = len(self) // 2
        self._halves = (
            [faiss.IDSelectorRange(0, half), faiss.IDSelectorRange(half, len(self))]
            if len(self) >= halves_from
            else [None]
        )
        self._threads = ThreadPoolExecutor(len(self._halves), "dense") if len(self._halves) > 1 else None

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
        selectors = self._halves if rows is None else [faiss.IDSelectorBatch(rows)]
        k = min(k, len(self))

        def scanned(selector: faiss.IDSelector | None) -> npt.NDArray[np.int64]:
            # FAISS's own threads only wait for each other on one query: 10 ms instead of 4.5 for 100,000 rows. The
            # setting holds for the calling thread alone.
            faiss.omp_set_num_threads(1)
            parameters = None if selector is None else faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
            found = self._index.search(rounded[None, :], k, params=parameters)[1][0]
            return np.asarray(found[found >= 0])

        if rows is None and self._threads is not None:
            return np.sort(np.concatenate(list(self._threads.map(scanned, selectors))))
        return np.sort(scanned(selectors[0]))

    def scores(self, query: Floats, rows: npt.NDArray[np.int64]) -> Floats:
        """Inner products of given rows, ``(len(rows),)``."""
        if len(rows) == 0:
            return np.empty(0, np.float32)
        return np.asarray(self._exact.dense(rows) @ query, dtype=np.float32)

    def vectors(self, rows: npt.NDArray[np.int64]) -> Floats:
        """The vectors of given rows as stored, ``(len(rows), dimension)``."""
        return self._exact.dense(rows)
