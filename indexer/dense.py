"""Dense vectors (FAISS), writer and reader of ``dense.faiss`` and, for many passages, ``coarse.faiss``.

``dense.faiss`` holds 8-bit codes, each dimension on its own range, learned from the very vectors stored, so the
file depends only on the vectors and their order. ``coarse.faiss`` holds one bit a dimension (RaBitQ: Gao & Long,
SIGMOD 2024; scanned in registers as André, Kermarrec & Le Scouarnec, VLDB 2015): it chooses candidates that the
8-bit codes then score.
"""

from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from indexer.encoder.protocol import Floats

FILE = "dense.faiss"
COARSE_FILE = "coarse.faiss"
_BATCH = 65_536
# A scan of the 8-bit codes takes 1.4 ms for this many vectors, and one ms more for each 7,000.
COARSE_FROM = 10_000
# 100,000 vectors, 200 wanted, best of 100 on one core: 1.7 ms with 4 times as many candidates, 13.6 ms for the 8-bit
# scan, both with recall@100 0.986 of the float vectors'. PQ96 fast scan: 1.1 ms, 0.980.
_CANDIDATES = 4


def write_dense(path: Path, vectors: Floats, *, coarse_from: int = COARSE_FROM) -> None:
    """Write ``(n, dimension)`` unit vectors; row ``i`` of the index is row ``i`` of the array.

    With ``coarse_from`` vectors or more, :data:`COARSE_FILE` is written beside.
    """
    fine = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    _fill(fine, vectors)
    faiss.write_index(fine, str(path))
    if len(vectors) >= coarse_from:
        coarse = faiss.IndexRaBitQFastScan(vectors.shape[1], faiss.METRIC_INNER_PRODUCT)
        _fill(coarse, vectors)
        faiss.write_index(coarse, str(path.with_name(COARSE_FILE)))


def _fill(index: faiss.Index, vectors: Floats) -> None:
    if not len(vectors):
        return
    index.train(vectors)
    for first in range(0, len(vectors), _BATCH):
        index.add(np.ascontiguousarray(vectors[first : first + _BATCH]))


class DenseIndex:
    """Reader of ``dense.faiss``. Safe to call from several threads."""

    def __init__(self, fine: faiss.Index, coarse: faiss.Index | None) -> None:
        self._fine = fine
        self._coarse = coarse

    @classmethod
    def open(cls, path: Path) -> "DenseIndex":
        """Open files whose checksums were verified (FAISS trusts what it reads)."""
        beside = path.with_name(COARSE_FILE)
        coarse = faiss.read_index(str(beside)) if beside.exists() else None
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC), coarse)

    def __len__(self) -> int:
        return int(self._fine.ntotal)

    def search(
        self, query: Floats, k: int, rows: npt.NDArray[np.int64] | None = None
    ) -> tuple[npt.NDArray[np.int64], Floats]:
        """Rows and inner products of the ``k`` nearest, best first; only among ``rows`` when given.

        Scores are those of the 8-bit codes. Without ``rows``, a large index looks at the candidates of the coarse
        codes only; among ``rows`` it looks at all of them.
        """
        k = min(k, len(self) if rows is None else len(rows))
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if rows is None and self._coarse is not None and _CANDIDATES * k < len(self):
            _, candidates = self._coarse.search(query[None, :], _CANDIDATES * k)
            near = np.sort(candidates[0][candidates[0] >= 0])
            exact = self.scores(query, near)
            order = np.argsort(-exact, kind="stable")[:k]
            return near[order], exact[order]
        parameters = None
        if rows is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(rows))  # type: ignore[call-arg]
        scores, found = self._fine.search(query[None, :], k, params=parameters)
        kept = found[0] >= 0
        return found[0][kept], scores[0][kept]

    def scores(self, query: Floats, rows: npt.NDArray[np.int64]) -> Floats:
        """Inner products of given rows, ``(len(rows),)``."""
        if len(rows) == 0:
            return np.empty(0, np.float32)
        return np.asarray(self.vectors(rows) @ query, dtype=np.float32)

    def vectors(self, rows: npt.NDArray[np.int64]) -> Floats:
        """The vectors of given rows as stored, ``(len(rows), dimension)``."""
        return np.asarray(self._fine.reconstruct_batch(rows), dtype=np.float32)
