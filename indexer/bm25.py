"""BM25 as weights: what each stem adds to an entry's score, so that a score is their sum over the question's stems.
 Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with k1 = 1.2 and
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


def weights(
    inverse: npt.NDArray[np.float64],
    counts: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64] | int,
    average: float,
) -> Floats:
    """What each stem of an entry adds to its score, of the shape of ``counts``.

    Args:
        inverse: ``(stems,)``, inverse document frequency of each.
        counts: ``(stems,)`` or ``(entries, stems)``, how many times each stands in the entry.
        lengths: stems of the entry, repeated as they are; ``(entries, 1)`` for several.
        average: of all lengths.
    """
    saturation = _K1 * (1 - _B + _B * lengths / max(average, 1e-9))
    return np.asarray(inverse * counts * (_K1 + 1) / (counts + saturation), np.float32)
