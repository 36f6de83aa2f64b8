"""Token vectors on one bit a dimension, and MaxSim over them.

A token vector (centred, unit length) is turned by a fixed random rotation, then kept as the signs of its
coordinates and one scale: ``x ≈ scale * signs``, with the scale that keeps the inner product unbiased
(RaBitQ: Gao & Long, SIGMOD 2024). The query stays in floating point. MaxSim (ColBERT: Khattab &
Zaharia, SIGIR 2020) is the mean over the query's tokens of the best inner product among the passage's tokens.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import onnxruntime

from indexer.cores import together
from indexer.encoder.protocol import Floats

_SEED = 20_180_707
# From this many tokens on, another thread compares half of them: 21,000 by 12 take 3.7 ms instead of 5.7.
_HALVES_FROM = 4096
# Tokens at a time: their bits opened to bytes stay in the processor's cache.
_CHUNK = 2048
# Columns that ONNX Runtime's kernels compute at once.
_BLOCK = 16
# An ONNX graph of one node, MatMulInteger (unsigned by signed bytes): 20,000 tokens by 12 take 1.5 ms with it, and
# 11 ms in NumPy's floats. tests/test_token_codes.py builds it again.
_DOTS = (
    "CAg6eQoiCgRiaXRzCgVxdWVyeRIEZG90cyINTWF0TXVsSW50ZWdlchIEZG90c1oYCgRiaXRzEhAKDggCEgoKAxIBbgoDEgFkWhkK"
    "BXF1ZXJ5EhAKDggDEgoKAxIBZAoDEgFtYhgKBGRvdHMSEAoOCAYSCgoDEgFuCgMSAW1CBAoAEA0="
)


@dataclass(frozen=True, slots=True)
class TokenCodes:
    """The codes of some tokens.

    Attributes:
        signs: ``(n, ceil(dimension / 8))`` uint8, one bit a dimension, most significant first.
        scales: ``(n,)`` float16.
    """

    signs: npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float16]


def laid_end_to_end(codes: Sequence[TokenCodes]) -> TokenCodes:
    """The codes of several texts as one, in order; there is at least one."""
    return TokenCodes(np.concatenate([one.signs for one in codes]), np.concatenate([one.scales for one in codes]))


@lru_cache(maxsize=4)
def rotation(dimension: int) -> Floats:
    """The fixed random rotation, ``(dimension, dimension)``; the same for ever, it is part of the format."""
    gaussian = np.random.default_rng(_SEED).standard_normal((dimension, dimension))
    q, r = np.linalg.qr(gaussian)
    return np.asarray(q * np.sign(np.diag(r)), dtype=np.float32)


def encode_tokens(tokens: Floats) -> TokenCodes:
    """Code unit token vectors ``(n, dimension)``."""
    turned = tokens @ rotation(tokens.shape[1])
    absolute = np.abs(turned).sum(axis=1)
    # <x, q> is estimated by scale * <signs, q>; dividing by the L1 norm (not multiplying) makes the
    # estimate of <x, x> exactly 1.
    scales = np.divide(1.0, absolute, out=np.zeros_like(absolute), where=absolute > 0)
    return TokenCodes(np.packbits(turned > 0, axis=1), scales.astype(np.float16))


@dataclass(frozen=True, slots=True)
class Matches:
    """How the tokens of a question match those of some passages.

    Attributes:
        similarities: ``(n, m)``, of each of the passages' tokens, laid end to end, with each of the question's.
        lengths: ``(passages,)``, tokens of each.
    """

    similarities: Floats
    lengths: npt.NDArray[np.int64]

    @classmethod
    def of(cls, query: Floats, codes: TokenCodes, lengths: npt.NDArray[np.int64]) -> "Matches":
        """Those of ``(m, dimension)`` tokens of a question with coded ones; see :func:`similarities`."""
        return cls(similarities(query, codes), lengths)

    def by_passage(self) -> list[Floats]:
        """Those of each passage, ``(its tokens, m)``."""
        ends = np.cumsum(self.lengths).tolist()
        return [self.similarities[start:end] for start, end in pairwise((0, *ends))]

    def best(self) -> Floats:
        """The best of each passage with each token of the question, ``(passages, m)``; 0 for one without tokens.

        MaxSim is its mean over the question's tokens.
        """
        result = np.zeros((len(self.lengths), self.similarities.shape[1]), np.float32)
        filled = self.lengths > 0
        if self.similarities.size:
            starts = np.concatenate(([0], np.cumsum(self.lengths[filled])[:-1]))
            result[filled] = np.maximum.reduceat(self.similarities, starts, axis=0)
        return result


def similarities(query: Floats, codes: TokenCodes) -> Floats:
    """Estimated inner products of each coded token with each query token, ``(n, m)``; a column is contiguous.

    The query, ``(m, dimension)``, is rounded to 8 bits, each token on its own range: 0.4 % of its largest coordinate,
    far below what one bit a dimension loses on the other side.
    """
    # The best of each passage is looked for by column: in this order it takes 0.1 ms instead of 0.3 for 20,000 tokens.
    by_query = np.empty((len(query), len(codes.scales)), np.float32)
    if by_query.size:
        total = by_query.shape[1]
        bounds = [(0, total // 2), (total // 2, total)] if total >= _HALVES_FROM else [(0, total)]
        together([partial(_compare, query, _part(codes, *one), by_query[:, slice(*one)]) for one in bounds])
    return by_query.T


def _part(codes: TokenCodes, start: int, end: int) -> TokenCodes:
    return TokenCodes(codes.signs[start:end], codes.scales[start:end])


def _compare(query: Floats, codes: TokenCodes, by_query: Floats) -> None:
    """Fill ``(m, n)`` inner products."""
    turned = query @ rotation(query.shape[1])
    steps = np.maximum(np.abs(turned).max(axis=1), 1e-12) / 127
    # Without the columns of nothing that fill the last block, 12 tokens take 5.2 ms where 16 take 3.1.
    rounded = np.zeros((codes.signs.shape[1] * 8, -(-len(query) // _BLOCK) * _BLOCK), np.int8)
    rounded[: turned.shape[1], : len(query)] = np.rint(turned / steps[:, None]).T
    total = rounded[:, : len(query)].sum(axis=0, dtype=np.int32)
    session = _dots()
    for first in range(0, by_query.shape[1], _CHUNK):
        bits = np.unpackbits(codes.signs[first : first + _CHUNK], axis=1)
        (dots,) = session.run(None, {"bits": bits, "query": rounded})
        by_query[:, first : first + len(bits)] = dots.T[: len(query)]
    # A sign is twice a bit minus one.
    by_query *= 2 * steps[:, None]
    by_query -= (steps * total)[:, None]
    by_query *= codes.scales.astype(np.float32)


@lru_cache(maxsize=1)
def _dots() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(base64.b64decode(_DOTS), options, providers=["CPUExecutionProvider"])
