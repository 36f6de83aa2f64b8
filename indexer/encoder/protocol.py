"""What an encoder is to the rest of the house."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """What must be equal for two sets of vectors to be comparable; stored in every index.

    Attributes:
        name: for people, e.g. ``multilingual-e5-small``.
        fingerprint: SHA-256 (hexadecimal) over the exported graph and the tokenizer.
        dimension: of both outputs.
        max_length: tokens read of a text, special tokens and prefix included.
        query_prefix, passage_prefix: put before every text; part of the model.
    """

    name: str
    fingerprint: str
    dimension: int
    max_length: int
    query_prefix: str
    passage_prefix: str


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text through the encoder.

    Attributes:
        dense: ``(dimension,)`` float32, unit length.
        tokens: ``(n, dimension)`` float32, one row a kept token (special tokens, prefix and
            punctuation dropped), centred on the model's mean token vector, unit length.
        offsets: ``(n, 2)`` int32, each kept token's characters in the text given (without prefix).
    """

    dense: Floats
    tokens: Floats
    offsets: npt.NDArray[np.int32]


class Encoder(Protocol):
    """Text to vectors. Safe to call from several threads."""

    @property
    def identity(self) -> EncoderIdentity:
        """What its vectors are comparable with."""
        ...

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """Characters of each token of ``text``, in order, without prefix, special tokens or truncation."""
        ...

    def encode_query(self, text: str) -> Encoded:
        """Encode one query."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Encode passages; yields one :class:`Encoded` a text, in the order given."""
        ...
