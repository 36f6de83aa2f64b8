"""One vector a document: the centre of its passages' vectors, writer and reader of ``documents.npy``.

A passage says what it says; the centre says what the whole paper is about, so that a long document does not win
by having one passage for everything.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.embedding_cache import damaged
from indexer.encoder.protocol import Floats
from indexer.half_floats import opened

FILE = "documents.npy"


def write_document_vectors(path: Path, vectors: Floats, document_of: npt.NDArray[np.int32], documents: int) -> None:
    """Write the unit mean of each document's vectors.

    Args:
        vectors: ``(passages, dimension)``, in row order.
        document_of: ``(passages,)``, number of each row's document.
        documents: how many there are; one without passages has a null vector.
    """
    centres = np.zeros((documents, vectors.shape[1]), np.float32)
    np.add.at(centres, document_of, vectors)
    norms = np.linalg.norm(centres, axis=1, keepdims=True)
    np.divide(centres, norms, out=centres, where=norms > 0)
    np.save(path, centres.astype(np.float16), allow_pickle=False)


class DocumentVectors:
    """Reader of ``documents.npy``, memory-mapped."""

    def __init__(self, path: Path) -> None:
        try:
            self._centres = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
        except (OSError, ValueError) as error:
            raise damaged(path, str(error)) from error

    def __len__(self) -> int:
        return len(self._centres)

    def scores(self, query: Floats, documents: npt.NDArray[np.int64]) -> Floats:
        """Cosines of a query ``(dimension,)`` with some documents, by number."""
        return np.asarray(opened(self._centres[documents]) @ query, dtype=np.float32)
