"""The encoder that serves and indexes: the exported graph through ONNX Runtime, without torch."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.cores import cores
from indexer.encoder import folder as layout
from indexer.encoder.graph_session import GraphSession
from indexer.encoder.protocol import Encoded, EncoderIdentity, Floats
from indexer.encoder.tokens import TextTokenizer, Tokens
from indexer.errors import EncoderDamaged

_AHEAD = 8
"""Passages a thread may be ahead of the one given back."""


class OnnxEncoder:
    """A prepared model folder as an :class:`indexer.encoder.protocol.Encoder`.

    A text's vectors depend on that text alone, never on its neighbours: each is one run of the graph. Threads run
    different texts. Safe to call from several threads.

    Two threads, each calling one session of one thread, read 6,500 tokens a second where one session of two threads
    read 3,200 and two processes 6,100 (same busy machine, alternated). Tokenizing is 1% of the time, so nothing is
    gained by doing it ahead. Resident: some 380 MB, of which 280 are the tokenizer's 250,000 pieces.
    """

    def __init__(
        self,
        *,
        identity: EncoderIdentity,
        graph: GraphSession,
        tokenizer: TextTokenizer,
        kept: npt.NDArray[np.bool_],
        token_mean: Floats,
        threads: int,
    ) -> None:
        self._identity = identity
        self._graph = graph
        self._tokenizer = tokenizer
        self._kept = kept
        self._mean = token_mean
        self._threads = threads

    @classmethod
    def open(cls, folder: Path, threads: int | None = None) -> "OnnxEncoder":
        """Open a prepared model folder.

        Args:
            folder: as :func:`indexer.encoder.prepare.prepare` gives it.
            threads: passages encoded at a time; None for as many as this process has cores.

        Raises:
            EncoderMissing: nothing prepared there.
            EncoderDamaged: a file is absent, cut or changed.
        """
        description = layout.read_description(folder)
        layout.check(folder, description)
        try:
            graph = GraphSession.open(folder / layout.GRAPH)
            tokenizer = TextTokenizer.open(folder / layout.TOKENIZER, description.identity.max_length)
            kept = np.load(folder / layout.KEPT_TOKENS, allow_pickle=False)
            mean = np.load(folder / layout.TOKEN_MEAN, allow_pickle=False)
        except Exception as error:  # the runtimes raise their own: the bytes are the ones that were written
            raise EncoderDamaged(f"Le modèle ne peut pas être ouvert ({folder})", remedy=layout.REMEDY) from error
        return cls(
            identity=description.identity,
            graph=graph,
            tokenizer=tokenizer,
            kept=kept,
            token_mean=mean,
            threads=threads or cores(),
        )

    @property
    def identity(self) -> EncoderIdentity:
        """What its vectors are comparable with."""
        return self._identity

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """Characters of each token of ``text``, in order, without prefix, special tokens or truncation."""
        return self._tokenizer.offsets(text)

    def encode_query(self, text: str) -> Encoded:
        """Encode one query."""
        return self._encode(text, self._identity.query_prefix)

    def encode_passages(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Encode passages; yields one :class:`Encoded` a text, in the order given.

        Threads tokenize and encode a few texts ahead of the one given back; closing the iterator stops them.
        """
        prefix = self._identity.passage_prefix
        if self._threads == 1 or len(texts) == 1:
            for text in texts:
                yield self._encode(text, prefix)
            return
        coming: deque[Future[Encoded]] = deque()
        with ThreadPoolExecutor(self._threads, thread_name_prefix="encoder") as pool:
            try:
                for text in texts:
                    coming.append(pool.submit(self._encode, text, prefix))
                    if len(coming) > _AHEAD * self._threads:
                        yield coming.popleft().result()
                while coming:
                    yield coming.popleft().result()
            finally:
                for future in coming:
                    future.cancel()

    def _encode(self, text: str, prefix: str) -> Encoded:
        tokens = self._tokenizer.read(text, prefix)
        dense, states = self._graph.run(tokens.ids)
        rows = self._rows(tokens)
        vectors = states[rows] - self._mean
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        # A copy: the runtime's own array would keep its whole output alive.
        return Encoded(dense=dense.copy(), tokens=vectors, offsets=tokens.offsets[rows])

    def _rows(self, tokens: Tokens) -> npt.NDArray[np.intp]:
        rows = np.flatnonzero(tokens.content & self._kept[tokens.ids])
        return rows if rows.size else np.flatnonzero(tokens.content)


def open_encoder(models_dir: Path, name: str) -> OnnxEncoder:
    """Open the encoder prepared as ``models_dir/name``.

    Raises:
        EncoderMissing, EncoderDamaged: as :meth:`OnnxEncoder.open`.
    """
    return OnnxEncoder.open(models_dir / name)
