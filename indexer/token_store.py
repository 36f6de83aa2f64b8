"""Token codes of a generation: the cache's segments, shared by hard links, and where each row's tokens are.

``tokens/rows.npy`` is ``(passages, 3)`` int64: number of the segment in the manifest's list, first token, count.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.embedding_cache import EmbeddingCache, Segment, damaged
from indexer.token_codes import TokenCodes

FOLDER = "tokens"
_ROWS = "rows.npy"


def write_tokens(folder: Path, cache: EmbeddingCache, places: npt.NDArray[np.int64]) -> list[str]:
    """Write the codes of rows at ``places`` of the cache; returns the segments' names in order."""
    folder.mkdir()
    used = sorted(set(places[:, 0].tolist()))
    rows = np.zeros((len(places), 3), np.int64)
    names: list[str] = []
    for number, chosen in enumerate(used):
        segment = cache.segments[chosen]
        try:
            os.link(segment.path, folder / segment.path.name)
        except OSError:
            shutil.copy2(segment.path, folder / segment.path.name)
        names.append(segment.path.name)
        mine = places[:, 0] == chosen
        positions = places[mine, 1]
        starts = segment.offsets[positions]
        rows[mine] = np.stack(
            [np.full(len(positions), number), starts, segment.offsets[positions + 1] - starts], axis=1
        )
    np.save(folder / _ROWS, rows, allow_pickle=False)
    return names


class TokenStore:
    """Reader of ``tokens/``. Memory-mapped; only what is asked for is read."""

    def __init__(self, folder: Path, segments: Sequence[str]) -> None:
        self._segments = [Segment.open(folder / name) for name in segments]
        try:
            self._rows = np.load(folder / _ROWS, mmap_mode="r", allow_pickle=False).view(np.ndarray)
        except (OSError, ValueError) as error:
            raise damaged(folder / _ROWS, str(error)) from error

    def __len__(self) -> int:
        return len(self._rows)

    def codes(self, rows: npt.NDArray[np.int64]) -> tuple[TokenCodes, npt.NDArray[np.int64]]:
        """Codes of the tokens of some rows laid end to end, and the number of tokens of each."""
        where = self._rows[rows]
        signs = [np.empty((0, 0), np.uint8)] * len(rows)
        scales = [np.empty(0, np.float16)] * len(rows)
        for i, (number, start, count) in enumerate(where.tolist()):
            segment = self._segments[number]
            signs[i] = segment.signs[start : start + count]
            scales[i] = segment.scales[start : start + count]
        if not signs:
            return TokenCodes(np.empty((0, 0), np.uint8), np.empty(0, np.float16)), np.empty(0, np.int64)
        return TokenCodes(np.concatenate(signs), np.concatenate(scales)), np.asarray(where[:, 2])
