"""How alike two texts are, without comparing them: MinHash signatures over word shingles.

The share of equal values in two signatures estimates the Jaccard similarity of the two sets of shingles
(Broder, "On the resemblance and containment of documents", 1997); with 128 values, to 0.04 (standard deviation).
"""

import hashlib
import re
import zlib

import numpy as np

from corpus.french.folding import fold

HASHES = 128
BANDS = 42
_ROWS = 3
_SHINGLE = 3
# Fewer shingles than this and two unrelated forms of three lines would be one family.
_FEWEST = 20
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")
# What tells versions apart in titles and names of files, folded.
_VERSION = re.compile(
    r"\b(?:v(?:ersion)? ?\d+(?:\.\d+)*|v ?def|vf|vdef|version|projet|brouillon|provisoire|definiti(?:f|ve)|finale?|"
    r"corrigee?|relue?|copie(?: de)?|consolidee?|actualisee?|mis(?:e)? a jour|draft)\b|\(\d\)"
)
_TITLE_SHARE = 0.6


def signature(text: str) -> bytes:
    """128 little-endian uint32; empty for a text too short to be compared."""
    words = [fold(word) for word in _WORD.findall(text)]
    shingles = {" ".join(words[i : i + _SHINGLE]).encode() for i in range(len(words) - _SHINGLE + 1)}
    if len(shingles) < _FEWEST:
        return b""
    # It brings parts of SciPy that take longer to load than all that serves: only indexing needs it.
    from datasketch import MinHash  # noqa: PLC0415

    sketch = MinHash(num_perm=HASHES, seed=1, hashfunc=zlib.crc32, scheme="affine32")
    sketch.update_batch(sorted(shingles))
    return np.asarray(sketch.hashvalues, dtype="<u4").tobytes()


def similarity(one: bytes, other: bytes) -> float:
    """Estimated Jaccard similarity of the shingles of two texts, 0 to 1; 0 when one has no signature."""
    if not one or not other:
        return 0.0
    return float(np.mean(np.frombuffer(one, "<u4") == np.frombuffer(other, "<u4")))


def titles_alike(one: str, other: str) -> bool:
    """Whether two titles may be those of versions of one paper: most of their words are common, and their numbers
    are the same (avenant n° 1 is no version of avenant n° 2)."""
    first, second = (_VERSION.sub(" ", fold(title)) for title in (one, other))
    if sorted(_NUMBER.findall(first)) != sorted(_NUMBER.findall(second)):
        return False
    words, others = set(_WORD.findall(first)), set(_WORD.findall(second))
    return len(words & others) >= _TITLE_SHARE * max(1, len(words | others))


def bands(sketch: bytes) -> list[int]:
    """One signed 64-bit number a band of three values: texts that share one may be alike.

    Two texts of similarity 0.45 share one of the 42 bands with probability 0.98, of 0.1 with 0.04.
    """
    width = 4 * _ROWS
    return [
        int.from_bytes(
            hashlib.blake2b(bytes([band]) + sketch[band * width : (band + 1) * width], digest_size=8).digest(),
            "little",
            signed=True,
        )
        for band in range(BANDS if sketch else 0)
    ]
