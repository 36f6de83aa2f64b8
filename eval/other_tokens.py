"""An index searched with its token vectors kept in another way: the engine is the same, what it reads is not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.token_vectors import Integers
from eval.token_ways import Kept
from indexer.encoder.protocol import Encoded, Encoder, EncoderIdentity, Floats
from indexer.generation import Manifest
from indexer.storage import Centres, Codes, PassageWords, Rows, Storage, Texts, Vectors
from indexer.token_codes import Matches, TokenCodes
from search_api.engine.readers import Readers, Snapshot


@dataclass(frozen=True, slots=True)
class OtherTokens:
    """See :class:`indexer.storage.Codes`: those of an index, compared with a question as they are kept otherwise.

    Attributes:
        starts: ``(rows + 1,)``, where the vectors of each row are among ``kept``.
    """

    indexed: Codes
    kept: Kept
    starts: Integers

    def codes(self, rows: Rows) -> tuple[TokenCodes, npt.NDArray[np.int64]]:
        """See :class:`indexer.storage.Codes`; those of the index."""
        return self.indexed.codes(rows)

    def offsets(self, row: int) -> npt.NDArray[np.int32]:
        """See :class:`indexer.storage.Codes`; those of the index."""
        return self.indexed.offsets(row)

    def matches(self, query: Floats, rows: Rows) -> Matches:
        """See :class:`indexer.storage.Codes`."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        places = np.arange(lengths.sum()) + np.repeat(self.starts[rows] - np.cumsum(lengths) + lengths, lengths)
        return Matches(self.kept.similarities(query, places), lengths)


class _OtherStorage:
    """See :class:`indexer.storage.Storage`."""

    def __init__(self, storage: Storage, tokens: Codes) -> None:
        self.manifest: Manifest = storage.manifest
        self.lexical: PassageWords = storage.lexical
        self.dense: Vectors = storage.dense
        self.documents: Centres = storage.documents
        self.passages: Texts = storage.passages
        self.tokens = tokens
        self.close = storage.close


class OtherReaders(Readers):
    """Readers of one frozen state, whose tokens are others."""

    def __init__(self, readers: Readers, name: str, storage: Storage, tokens: Codes) -> None:
        super().__init__(readers.data, storage.manifest.encoder)
        self._only: Snapshot = {name: _OtherStorage(storage, tokens)}

    def snapshot(self, wanted: Sequence[str] | None) -> Snapshot:
        """That state, whatever is wanted."""
        return self._only


class RememberingEncoder:
    """See :class:`indexer.encoder.protocol.Encoder`: one that reads each question once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._read: dict[str, Encoded] = {}

    @property
    def identity(self) -> EncoderIdentity:
        """See :class:`indexer.encoder.protocol.Encoder`."""
        return self._encoder.identity

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """See :class:`indexer.encoder.protocol.Encoder`."""
        return self._encoder.token_offsets(text)

    def encode_query(self, text: str) -> Encoded:
        """See :class:`indexer.encoder.protocol.Encoder`."""
        if text not in self._read:
            self._read[text] = self._encoder.encode_query(text)
        return self._read[text]

    def encode_passages(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """See :class:`indexer.encoder.protocol.Encoder`."""
        return self._encoder.encode_passages(texts)
