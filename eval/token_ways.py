"""Ways to keep token vectors for late interaction: full, on fewer bits, or fewer of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import faiss
import numpy as np
import numpy.typing as npt

from eval.token_vectors import (
    Grouping,
    Integers,
    TokenVectors,
    by_likeness,
    by_two,
    by_word,
    grouped,
    rarest_half,
    without_stop_words,
)
from indexer.encoder.protocol import Floats
from indexer.token_codes import TokenCodes, encode_tokens, laid_end_to_end, rotation, similarities

# Vectors a codec learns from at most, evenly spaced, and how many it codes at a time.
_SAMPLE = 49_152
_CHUNK = 16_384
SPAN_BYTES = 4
"""Where a token stands in its text; kept with every vector (:mod:`indexer.token_spans`)."""


class Kept(Protocol):
    """Token vectors as they are kept."""

    @property
    def bytes_each(self) -> int:
        """What one takes, its place in the text left out."""
        ...

    def similarities(self, query: Floats, places: Integers) -> Floats:
        """Inner products of those at some places with each token of a question, ``(len(places), m)``."""
        ...


@dataclass(frozen=True)
class Full:
    """The vectors themselves."""

    vectors: Floats

    @property
    def bytes_each(self) -> int:
        """See :class:`Kept`."""
        return int(self.vectors.shape[1] * self.vectors.itemsize)

    def similarities(self, query: Floats, places: Integers) -> Floats:
        """See :class:`Kept`."""
        return self.vectors[places] @ query.T


@dataclass(frozen=True)
class InUse:
    """The codes of an index: :mod:`indexer.token_codes`."""

    codes: TokenCodes

    @property
    def bytes_each(self) -> int:
        """See :class:`Kept`."""
        return int(self.codes.signs.shape[1] + self.codes.scales.itemsize)

    def similarities(self, query: Floats, places: Integers) -> Floats:
        """See :class:`Kept`."""
        return similarities(query, TokenCodes(self.codes.signs[places], self.codes.scales[places]))


@dataclass(frozen=True)
class Decoded:
    """Rotated vectors through a codec of FAISS, opened to be compared.

    Attributes:
        scales: ``(t,)`` float16, by which each decoded vector is multiplied; None when the codec knows better.
    """

    codec: faiss.Index
    codes: npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float16] | None

    @property
    def bytes_each(self) -> int:
        """See :class:`Kept`."""
        return int(self.codes.shape[1] + (0 if self.scales is None else self.scales.itemsize))

    def similarities(self, query: Floats, places: Integers) -> Floats:
        """See :class:`Kept`."""
        found = self.codec.sa_decode(self.codes[places]) @ (query @ rotation(query.shape[1])).T
        return found if self.scales is None else found * self.scales[places, None].astype(np.float32)


@dataclass(frozen=True)
class Estimated:
    """Rotated vectors as FAISS's RaBitQ codes them on several bits: it decodes one alone, and compares with all."""

    codec: faiss.Index
    codes: npt.NDArray[np.uint8]

    @property
    def bytes_each(self) -> int:
        """See :class:`Kept`."""
        return int(self.codes.shape[1])

    def similarities(self, query: Floats, places: Integers) -> Floats:
        """See :class:`Kept`."""
        result = np.empty((len(query), len(places)), np.float32)
        some = faiss.clone_index(self.codec)
        some.add_sa_codes(self.codes[places])
        limits, found, which = some.range_search(query @ rotation(query.shape[1]), float("-inf"))
        for row in range(len(query)):
            mine = slice(*limits[row : row + 2].tolist())
            result[row, which[mine]] = found[mine]
        return result.T


def _coded_in_use(tokens: TokenVectors) -> Kept:
    chunks = [tokens.vectors[first : first + _CHUNK] for first in range(0, len(tokens.vectors), _CHUNK)]
    return InUse(laid_end_to_end([encode_tokens(chunk) for chunk in chunks]))


def _coded(codec: faiss.Index, tokens: TokenVectors, *, scaled: bool) -> Decoded:
    """Vectors rotated and coded; ``scaled`` gives each the scale that makes its inner product with itself exact."""
    turn = rotation(codec.d)
    count = len(tokens.vectors)
    codec.train(tokens.vectors[np.linspace(0, count - 1, min(count, _SAMPLE)).astype(np.int64)] @ turn)
    codes = np.empty((count, codec.sa_code_size()), np.uint8)
    scales = np.zeros(count, np.float16)
    for first in range(0, len(codes), _CHUNK):
        some = slice(first, first + _CHUNK)
        turned = tokens.vectors[some] @ turn
        codes[some] = codec.sa_encode(turned)
        if scaled:
            with_itself = (codec.sa_decode(codes[some]) * turned).sum(axis=1)
            scales[some] = np.divide(1, with_itself, out=np.zeros_like(with_itself), where=with_itself > 0)
    return Decoded(codec, codes, scales if scaled else None)


def _scalar(kind: str, *, scaled: bool = True) -> Callable[[TokenVectors], Kept]:
    def kept(tokens: TokenVectors) -> Kept:
        metric, which = faiss.METRIC_INNER_PRODUCT, getattr(faiss.ScalarQuantizer, kind)
        return _coded(faiss.IndexScalarQuantizer(tokens.vectors.shape[1], which, metric), tokens, scaled=scaled)

    return kept


def _product(tokens: TokenVectors) -> Kept:
    dimension = tokens.vectors.shape[1]
    codec = faiss.IndexPQ(dimension, dimension // 8, 8)
    codec.pq.cp.max_points_per_centroid = 64
    return _coded(codec, tokens, scaled=True)


def _rabitq(bits: int) -> Callable[[TokenVectors], Kept]:
    def kept(tokens: TokenVectors) -> Kept:
        codec = faiss.IndexRaBitQ(tokens.vectors.shape[1], faiss.METRIC_INNER_PRODUCT, bits)
        # The question is not rounded.
        codec.qb = 0
        coded = _coded(codec, tokens, scaled=False)
        return coded if bits == 1 else Estimated(codec, coded.codes)

    return kept


def _rabitq_around(centres: int) -> Callable[[TokenVectors], Kept]:
    def kept(tokens: TokenVectors) -> Kept:
        codec = faiss.index_factory(tokens.vectors.shape[1], f"IVF{centres},RaBitQ", faiss.METRIC_INNER_PRODUCT)
        return _coded(codec, tokens, scaled=False)

    return kept


@dataclass(frozen=True)
class Way:
    """One way to keep token vectors.

    Attributes:
        name: in tables, in French.
        coded: from vectors to what is kept of each.
        grouping: what is done first to have fewer of them.
        least: vectors it takes to learn the codec; a collection of fewer is not measured with it.
    """

    name: str
    coded: Callable[[TokenVectors], Kept]
    grouping: Grouping | None = None
    least: int = 1

    def kept(self, tokens: TokenVectors) -> tuple[Kept, Integers]:
        """Vectors as this way keeps them, and where those of each passage start, ``(n + 1,)``."""
        fewer = tokens if self.grouping is None else grouped(tokens, self.grouping)
        return self.coded(fewer), fewer.starts


REFERENCE = Way("flottants de 32 bits", lambda tokens: Full(tokens.vectors))
IN_USE = Way("un bit (en service)", _coded_in_use)
WAYS: Sequence[Way] = (
    REFERENCE,
    Way("flottants de 16 bits", _scalar("QT_fp16", scaled=False)),
    Way("huit bits", _scalar("QT_8bit_tqmse")),
    Way("quatre bits", _scalar("QT_4bit_tqmse")),
    Way("deux bits", _scalar("QT_2bit_tqmse")),
    IN_USE,
    Way("RaBitQ de FAISS, deux bits", _rabitq(2)),
    Way("RaBitQ de FAISS, un bit", _rabitq(1)),
    Way("RaBitQ de FAISS, un bit autour de 1 024 centres", _rabitq_around(1024), least=39 * 1024),
    Way("quantification produit, un octet pour huit dimensions", _product, least=39 * 256),
    Way("un bit, sans les mots vides", _coded_in_use, without_stop_words),
    Way("un bit, une moyenne par mot", _coded_in_use, by_word),
    Way("un bit, moyennes de deux voisins", _coded_in_use, by_two),
    Way("un bit, moyennes de semblables, moitié moins", _coded_in_use, by_likeness),
    Way("un bit, la moitié la plus rare", _coded_in_use, rarest_half),
    Way("deux bits, moyennes de deux voisins", _scalar("QT_2bit_tqmse"), by_two),
    Way("deux bits, moyennes de semblables, moitié moins", _scalar("QT_2bit_tqmse"), by_likeness),
)
