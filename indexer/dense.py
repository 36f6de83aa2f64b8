"""Dense vectors: an exact scan over 8-bit codes (FAISS), writer and reader of ``dense.faiss``.

Each dimension is coded on its own range, learned from the very vectors stored, so the file depends only on
the vectors and their order.
"""

from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from indexer.encoder.protocol import Floats

FILE = "dense.faiss"
_BATCH = 65_536


def write_dense(path: Path, vectors: Floats) -> None:
    """Write ``(n, dimension)`` unit vectors; row ``i`` of the index is row ``i`` of the array."""
    index = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    if len(vectors):
        index.train(vectors)
        for first in range(0, len(vectors), _BATCH):
            index.add(np.ascontiguousarray(vectors[first : first + _BATCH]))
    faiss.write_index(index, str(path))


class DenseIndex:
    """Reader of ``dense.faiss``. Safe to call from several threads."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def open(cls, path: Path) -> "DenseIndex":
        """Open a file whose checksum was verified (FAISS trusts what it reads)."""
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, query: Floats, k: int, rows: npt.NDArray[np.int64] | None = None
    ) -> tuple[npt.NDArray[np.int64], Floats]:
        """Rows and inner products of the ``k`` nearest, best first; only among ``rows`` when given."""
        k = min(k, len(self) if rows is None else len(rows))
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        parameters = None
        if rows is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(rows))  # type: ignore[call-arg]
        scores, found = self._index.search(query[None, :], k, params=parameters)
        kept = found[0] >= 0
        return found[0][kept], scores[0][kept]

    def scores(self, query: Floats, rows: npt.NDArray[np.int64]) -> Floats:
        """Inner products of given rows, ``(len(rows),)``."""
        if len(rows) == 0:
            return np.empty(0, np.float32)
        vectors = self._index.reconstruct_batch(rows)
        return np.asarray(vectors @ query, dtype=np.float32)

    def vectors(self, rows: npt.NDArray[np.int64]) -> Floats:
        """The vectors of given rows as stored, ``(len(rows), dimension)``."""
        return np.asarray(self._index.reconstruct_batch(rows), dtype=np.float32)
