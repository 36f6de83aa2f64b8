"""How alike two texts are, without comparing them: MinHash signatures over word shingles.

The share of equal values in two signatures estimates the Jaccard similarity of the two sets of shingles
(Broder, "On the resemblance and containment of documents", 1997); with 128 values, to 0.04 (standard deviation).
"""

import hashlib
import re
import zlib

import numpy as np
from datasketch import MinHash

from corpus.french.folding import fold

HASHES = 128
BANDS = 32
_SHINGLE = 3
# Fewer shingles than this and two unrelated forms of three lines would be one family.
_FEWEST = 20
_WORD = re.compile(r"\w+")


def signature(text: str) -> bytes:
    """128 little-endian uint32; empty for a text too short to be compared."""
    words = [fold(word) for word in _WORD.findall(text)]
    shingles = {" ".join(words[i : i + _SHINGLE]).encode() for i in range(len(words) - _SHINGLE + 1)}
    if len(shingles) < _FEWEST:
        return b""
    sketch = MinHash(num_perm=HASHES, seed=1, hashfunc=zlib.crc32, scheme="affine32")
    sketch.update_batch(sorted(shingles))
    return np.asarray(sketch.hashvalues, dtype="<u4").tobytes()


def similarity(one: bytes, other: bytes) -> float:
    """Estimated Jaccard similarity of the shingles of two texts, 0 to 1; 0 when one has no signature."""
    if not one or not other:
        return 0.0
    return float(np.mean(np.frombuffer(one, "<u4") == np.frombuffer(other, "<u4")))


def bands(sketch: bytes) -> list[int]:
    """One signed 64-bit number a band of four values: texts that share one may be alike.

    Two texts of similarity 0.6 share one of 32 bands with probability 0.99, of 0.3 with 0.23.
    """
    width = len(sketch) // BANDS
    return [
        int.from_bytes(
            hashlib.blake2b(bytes([band]) + sketch[band * width : (band + 1) * width], digest_size=8).digest(),
            "little",
            signed=True,
        )
        for band in range(BANDS if sketch else 0)
    ]
