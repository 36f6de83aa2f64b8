"""BM25 as weights: what a stem adds to a passage's score is computed when the passage is written.

A query is then a vector of ones (or of its words' weights), and its inner product with a passage's weights is BM25's
score: Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with k1 = 1.2 and
b = 0.75, and the inverse document frequency that tantivy has too, never negative. tantivy rounds a passage's length
down to one of 256 values (40 and less are exact); here it is exact.
"""

import numpy as np
import numpy.typing as npt

from indexer.encoder.protocol import Floats

_K1 = 1.2
_B = 0.75


def inverse_frequencies(entries: int, frequencies: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Of stems that stand in ``frequencies`` of so many entries."""
    return np.asarray(np.log1p((entries - frequencies + 0.5) / (frequencies + 0.5)))


def weights(inverse: npt.NDArray[np.float64], counts: npt.NDArray[np.int64], length: int, average: float) -> Floats:
    """What each stem of an entry adds to its score, ``(len(counts),)``.

    Args:
        inverse: inverse document frequency of each.
        counts: how many times each stands in the entry.
        length: stems of the entry, repeated as they are.
        average: of all lengths.
    """
    saturation = _K1 * (1 - _B + _B * length / max(average, 1e-9))
    return np.asarray(inverse * counts * (_K1 + 1) / (counts + saturation), np.float32)
