"""Token vectors on one bit a dimension, and MaxSim over them.

A token vector (centred, unit length) is turned by a fixed random rotation, then kept as the signs of its
coordinates and one scale: ``x ≈ scale * signs``, with the scale that keeps the inner product unbiased
(RaBitQ: Gao & Long, SIGMOD 2024). The query stays in floating point. MaxSim (ColBERT: Khattab &
Zaharia, SIGIR 2020) is the mean over the query's tokens of the best inner product among the passage's tokens.
"""

import base64
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import onnxruntime

from indexer.cores import cores
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


def best_matches(query: Floats, codes: TokenCodes, lengths: npt.NDArray[np.int64]) -> Floats:
    """For each passage and each query token, the best inner product among the passage's tokens.

    MaxSim is its mean over the query's tokens.

    Args:
        query: ``(m, dimension)``.
        codes, lengths: as in :func:`best_of_each`, which says what is returned.
    """
    if len(codes.scales) >= _HALVES_FROM:
        half = int(np.searchsorted(np.cumsum(lengths), len(codes.scales) // 2))
        first, second = _split(codes, int(lengths[:half].sum()))
        other = _threads().submit(_best_matches, query, second, lengths[half:])
        return np.concatenate([_best_matches(query, first, lengths[:half]), other.result()])
    return _best_matches(query, codes, lengths)


def best_of_each(similarities: Floats, lengths: npt.NDArray[np.int64]) -> Floats:
    """The best similarity of each passage with each query token, from those of its tokens.

    Args:
        similarities: ``(n, m)``, tokens of the passages laid end to end.
        lengths: tokens of each passage.

    Returns:
        ``(len(lengths), m)``, 0 for a passage without tokens; one column of 0 for a query without any.
    """
    result = np.zeros((len(lengths), max(similarities.shape[1], 1)), np.float32)
    filled = lengths > 0
    if similarities.size:
        starts = np.concatenate(([0], np.cumsum(lengths[filled])[:-1]))
        result[filled] = np.maximum.reduceat(similarities, starts, axis=0)
    return result


def _split(codes: TokenCodes, place: int) -> tuple[TokenCodes, TokenCodes]:
    return (
        TokenCodes(codes.signs[:place], codes.scales[:place]),
        TokenCodes(codes.signs[place:], codes.scales[place:]),
    )


def _best_matches(query: Floats, codes: TokenCodes, lengths: npt.NDArray[np.int64]) -> Floats:
    return best_of_each(similarities(query, codes), lengths)


def similarities(query: Floats, codes: TokenCodes) -> Floats:
    """Estimated inner products of each coded token with each query token, ``(n, m)``.

    The query is rounded to 8 bits, each token on its own range: 0.4 % of its largest coordinate, far below what one
    bit a dimension loses on the other side.
    """
    result = np.empty((len(codes.signs), len(query)), np.float32)
    if not result.size:
        return result
    turned = query @ rotation(query.shape[1])
    steps = np.maximum(np.abs(turned).max(axis=1), 1e-12) / 127
    # Without the columns of nothing that fill the last block, 12 tokens take 5.2 ms where 16 take 3.1.
    rounded = np.zeros((codes.signs.shape[1] * 8, -(-len(query) // _BLOCK) * _BLOCK), np.int8)
    rounded[: turned.shape[1], : len(query)] = np.rint(turned / steps[:, None]).T
    total = rounded[:, : len(query)].sum(axis=0, dtype=np.int32)
    session = _dots()
    for first in range(0, len(result), _CHUNK):
        bits = np.unpackbits(codes.signs[first : first + _CHUNK], axis=1)
        (dots,) = session.run(None, {"bits": bits, "query": rounded})
        result[first : first + len(bits)] = dots[:, : len(query)]
    # A sign is twice a bit minus one.
    result *= 2 * steps
    result -= steps * total
    result *= codes.scales[:, None].astype(np.float32)
    return result


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(cores() - 1, 1), "tokens")


@lru_cache(maxsize=1)
def _dots() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(base64.b64decode(_DOTS), options, providers=["CPUExecutionProvider"])
