"""Encoders for tests: one that needs no model, and the real one prepared once."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from indexer.encoder.protocol import Encoded, EncoderIdentity, Floats

_WORD = re.compile(r"\w+")


class FakeEncoder:
    """A deterministic encoder without a model: each folded word is a fixed random direction.

    Two texts are close when they share words. ``salt`` makes another model: another fingerprint and
    other vectors.
    """

    def __init__(self, salt: str = "", dimension: int = 64, max_length: int = 512) -> None:
        self.salt = salt
        self._identity = EncoderIdentity(
            name=f"fake{'-' + salt if salt else ''}",
            fingerprint=hashlib.sha256(f"fake\0{salt}\0{dimension}\0{max_length}".encode()).hexdigest(),
            dimension=dimension,
            max_length=max_length,
            query_prefix="query: ",
            passage_prefix="passage: ",
        )
        self.encoded_texts = 0
        """How many texts were encoded since it was made: what a cache should have spared."""

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in _WORD.finditer(text)]

    def encode_query(self, text: str) -> Encoded:
        return self._encode(text)

    def encode_passages(self, texts: Sequence[str]) -> Iterator[Encoded]:
        for text in texts:
            yield self._encode(text)

    def _encode(self, text: str) -> Encoded:
        self.encoded_texts += 1
        offsets = self.token_offsets(text)[: self._identity.max_length]
        tokens = np.zeros((len(offsets), self._identity.dimension), dtype=np.float32)
        for row, (start, end) in enumerate(offsets):
            tokens[row] = self._direction(_fold(text[start:end]))
        dense = tokens.sum(axis=0) if offsets else self._direction("")
        dense = (dense / np.linalg.norm(dense)).astype(np.float32)
        return Encoded(dense=dense, tokens=tokens, offsets=np.array(offsets, dtype=np.int32).reshape(-1, 2))

    def _direction(self, word: str) -> Floats:
        seed = hashlib.blake2b(f"{self.salt}\0{word}".encode(), digest_size=8).digest()
        vector = np.random.default_rng(int.from_bytes(seed)).standard_normal(self._identity.dimension)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def default_models_dir() -> Path:
    """Where `reuni model prepare` puts models when nothing else is said."""
    from search_api.settings import Settings

    return Settings().models


def prepared_model() -> Path:
    """The real encoder's folder, prepared if it is not."""
    from indexer.encoder.prepare import prepare

    return prepare(default_models_dir(), None, lambda step, share: None)
