"""Embeddings of a generation: the cache's segments, shared by hard links, and where each row is in them.

``tokens/rows.npy`` is ``(passages, 2)`` int64: number of the segment in the manifest's list, place in it.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.embedding_cache import EmbeddingCache, Segment, damaged
from indexer.encoder.protocol import Floats
from indexer.half_floats import opened
from indexer.token_codes import Matches, TokenCodes
from indexer.token_spans import unpack_spans

FOLDER = "tokens"
_ROWS = "rows.npy"


def write_tokens(folder: Path, cache: EmbeddingCache, places: npt.NDArray[np.int64]) -> list[str]:
    """Write the embeddings of rows at ``places`` of the cache; returns the segments' names in order."""
    folder.mkdir()
    used = sorted(set(places[:, 0].tolist()))
    for chosen in used:
        path = cache.segments[chosen].path
        try:
            os.link(path, folder / path.name)
        except OSError:
            shutil.copy2(path, folder / path.name)
    rows = np.stack([np.searchsorted(used, places[:, 0]), places[:, 1]], axis=1)
    np.save(folder / _ROWS, rows.astype(np.int64), allow_pickle=False)
    return [cache.segments[chosen].path.name for chosen in used]


class TokenStore:
    """Reader of ``tokens/``. Only what is asked for is read."""

    def __init__(self, folder: Path, segments: Sequence[str]) -> None:
        self._segments = [Segment.open(folder / name) for name in segments]
        try:
            self._rows = np.load(folder / _ROWS, mmap_mode="r", allow_pickle=False).view(np.ndarray)
        except (OSError, ValueError) as error:
            raise damaged(folder / _ROWS, str(error)) from error

    def __len__(self) -> int:
        return len(self._rows)

    def dense(self, rows: npt.NDArray[np.int64]) -> Floats:
        """The passages' own vectors, ``(len(rows), dimension)`` float32 (kept on 16 bits)."""
        if len(rows) == 0:
            return np.empty((0, 0), np.float32)
        where = self._rows[rows]
        halves = np.empty((len(rows), self._segments[0].dense.shape[1]), np.float16)
        for number in np.unique(where[:, 0]).tolist():
            mine = where[:, 0] == number
            halves[mine] = self._segments[number].dense[where[mine, 1]]
        return opened(halves)

    def offsets(self, row: int) -> npt.NDArray[np.int32]:
        """Where each coded token of a row stands in the text that was encoded: ``(n, 2)``, start and end."""
        number, place = self._rows[row].tolist()
        segment = self._segments[number]
        return unpack_spans(segment.spans.read(*segment.bounds(place)))

    def codes(self, rows: npt.NDArray[np.int64]) -> tuple[TokenCodes, npt.NDArray[np.int64]]:
        """Codes of the tokens of some rows laid end to end, and the number of tokens of each."""
        where = self._rows[rows].tolist()
        bounds = [self._segments[number].bounds(place) for number, place in where]
        lengths = np.array([end - start for start, end in bounds], np.int64)
        if not where:
            return TokenCodes(np.empty((0, 0), np.uint8), np.empty(0, np.float16)), lengths
        total, filled = int(lengths.sum()), 0
        codes = TokenCodes(self._segments[0].signs.empty(total), self._segments[0].scales.empty(total))
        for (number, _), (start, end) in zip(where, bounds, strict=True):
            room = slice(filled, filled := filled + end - start)
            self._segments[number].signs.read_into(codes.signs[room], start)
            self._segments[number].scales.read_into(codes.scales[room], start)
        return codes, lengths

    def matches(self, query: Floats, rows: npt.NDArray[np.int64]) -> Matches:
        """See :class:`indexer.storage.Codes`."""
        return Matches.of(query, *self.codes(rows))
