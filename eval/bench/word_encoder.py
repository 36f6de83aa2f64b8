"""An encoder without a model, for benchmarks of everything but the encoder: each word is a fixed random direction."""

import hashlib
import re
from collections.abc import Iterator, Sequence

import numpy as np

from indexer.encoder.protocol import Encoded, EncoderIdentity, Floats

_WORD = re.compile(r"\w+")


class WordEncoder:
    """Two texts are close when they share words; deterministic."""

    def __init__(self, dimension: int = 64) -> None:
        self._dimension = dimension

    @property
    def identity(self) -> EncoderIdentity:
        """What its vectors are comparable with."""
        fingerprint = hashlib.sha256(f"words {self._dimension}".encode()).hexdigest()
        return EncoderIdentity("words", fingerprint, self._dimension, 512, "", "")

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """Characters of each word."""
        return [match.span() for match in _WORD.finditer(text)]

    def encode_query(self, text: str) -> Encoded:
        """Encode one query."""
        offsets = np.array(self.token_offsets(text)[:512], np.int32).reshape(-1, 2)
        tokens = np.array([self._direction(text[a:b].lower()) for a, b in offsets], np.float32)
        tokens = tokens.reshape(-1, self._dimension)
        total = tokens.sum(axis=0) if len(offsets) else self._direction("")
        return Encoded(total / np.linalg.norm(total), tokens, offsets)

    def encode_passages(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Encode passages, in order."""
        for text in texts:
            yield self.encode_query(text)

    def _direction(self, word: str) -> Floats:
        seed = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        vector = np.random.default_rng(seed).standard_normal(self._dimension).astype(np.float32)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
