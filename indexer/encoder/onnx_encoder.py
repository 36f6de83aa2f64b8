"""The encoder that serves and indexes: the exported graph through ONNX Runtime, without torch."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from indexer.encoder import folder as layout
from indexer.encoder.protocol import Encoded, EncoderIdentity, Floats
from indexer.encoder.tokens import TextTokenizer, Tokens
from indexer.errors import EncoderDamaged

WINDOW = 256
"""Passages read ahead of the one given back: what length-sorting works on, and what memory holds."""

BATCH_TOKENS = 4096
"""Padded tokens in one run of the graph."""


class OnnxEncoder:
    """A prepared model folder as an :class:`indexer.encoder.protocol.Encoder`.

    Vectors depend on the text alone up to the rounding of the quantised graph. Safe to call from several
    threads.
    """

    def __init__(
        self,
        *,
        identity: EncoderIdentity,
        session: onnxruntime.InferenceSession,
        tokenizer: TextTokenizer,
        pad_id: int,
        kept: npt.NDArray[np.bool_],
        token_mean: Floats,
    ) -> None:
        self._identity = identity
        self._session = session
        self._tokenizer = tokenizer
        self._pad_id = pad_id
        self._kept = kept
        self._mean = token_mean

    @classmethod
    def open(cls, folder: Path, threads: int | None = None) -> "OnnxEncoder":
        """Open a prepared model folder.

        Args:
            folder: as :func:`indexer.encoder.prepare.prepare` gives it.
            threads: cores one run of the graph may use; None for all those of this process.

        Raises:
            EncoderMissing: nothing prepared there.
            EncoderDamaged: a file is absent, cut or changed.
        """
        description = layout.read_description(folder)
        layout.check(folder, description)
        try:
            session = open_session(folder / layout.GRAPH, threads)
            tokenizer = TextTokenizer.open(folder / layout.TOKENIZER, description.identity.max_length)
            kept = np.load(folder / layout.KEPT_TOKENS, allow_pickle=False)
            mean = np.load(folder / layout.TOKEN_MEAN, allow_pickle=False)
        except Exception as error:  # whatever the runtimes raise: the bytes are those that were written
            raise EncoderDamaged(f"Le modèle ne peut pas être ouvert ({folder})", remedy=layout.REMEDY) from error
        return cls(
            identity=description.identity,
            session=session,
            tokenizer=tokenizer,
            pad_id=description.pad_id,
            kept=kept,
            token_mean=mean,
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
        return self._run([self._tokenizer.read(text, self._identity.query_prefix)])[0]

    def encode_passages(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Encode passages; yields one :class:`Encoded` a text, in the order given.

        Works on :data:`WINDOW` passages at a time, sorted by length into batches of at most
        :data:`BATCH_TOKENS` padded tokens; the next window is tokenized meanwhile.
        """
        windows = [texts[start : start + WINDOW] for start in range(0, len(texts), WINDOW)]
        if not windows:
            return
        with ThreadPoolExecutor(1, thread_name_prefix="tokenizer") as ahead:
            coming = ahead.submit(self._read_all, windows[0])
            for following in [*windows[1:], None]:
                window = coming.result()
                if following is not None:
                    coming = ahead.submit(self._read_all, following)
                found: dict[int, Encoded] = {}
                for batch in batches([len(tokens.ids) for tokens in window], BATCH_TOKENS):
                    found.update(zip(batch, self._run([window[row] for row in batch]), strict=True))
                for row in range(len(window)):
                    yield found.pop(row)

    def _read_all(self, texts: Sequence[str]) -> list[Tokens]:
        return [self._tokenizer.read(text, self._identity.passage_prefix) for text in texts]

    def _run(self, batch: list[Tokens]) -> list[Encoded]:
        length = max(len(tokens.ids) for tokens in batch)
        ids = np.full((len(batch), length), self._pad_id, dtype=np.int64)
        mask = np.zeros((len(batch), length), dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens.ids)] = tokens.ids
            mask[row, : len(tokens.ids)] = 1
        dense, states = self._session.run(["dense", "states"], {"input_ids": ids, "attention_mask": mask})
        return [self._encoded(tokens, dense[row], states[row]) for row, tokens in enumerate(batch)]

    def _encoded(self, tokens: Tokens, dense: Floats, states: Floats) -> Encoded:
        rows = np.flatnonzero(tokens.content & self._kept[tokens.ids])
        if not rows.size:
            rows = np.flatnonzero(tokens.content)
        vectors = states[rows] - self._mean
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return Encoded(dense=dense.copy(), tokens=vectors, offsets=tokens.offsets[rows])


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Group texts of near lengths, longest first, at most ``budget`` padded tokens a group.

    Yields rows of ``lengths``. A text longer than the budget is alone.
    """
    group: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if group and lengths[group[0]] * (len(group) + 1) > budget:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def open_session(graph: Path, threads: int | None) -> onnxruntime.InferenceSession:
    """A CPU session; ``threads`` None uses every core this process may."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def open_encoder(models_dir: Path, name: str) -> OnnxEncoder:
    """Open the encoder prepared as ``models_dir/name``.

    Raises:
        EncoderMissing, EncoderDamaged: as :meth:`OnnxEncoder.open`.
    """
    return OnnxEncoder.open(models_dir / name)
