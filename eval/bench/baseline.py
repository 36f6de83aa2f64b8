"""What a careful afternoon gives: FAISS's exact search and bm25s over stemmed words, fused by reciprocal ranks."""

import time
from typing import Any

import bm25s  # type: ignore[import-untyped]
import faiss
import numpy as np
import Stemmer

from indexer.encoder.protocol import Encoder, Floats

_RANK = 60


class FlatAndBm25:
    """Both indexes in memory; ranks of both are fused (Cormack, Clarke & Büttcher, SIGIR 2009)."""

    def __init__(self, texts: list[str], vectors: Floats) -> None:
        self.stages_s: dict[str, float] = {}
        started = time.perf_counter()
        self._flat = faiss.IndexFlatIP(vectors.shape[1])
        self._flat.add(np.ascontiguousarray(vectors))
        middle = time.perf_counter()
        self._stemmer = Stemmer.Stemmer("french")
        self._bm25 = bm25s.BM25()
        self._bm25.index(self._tokens(texts), show_progress=False)
        self.stages_s = {"flat": round(middle - started, 2), "bm25s": round(time.perf_counter() - middle, 2)}

    def _tokens(self, texts: list[str]) -> Any:
        return bm25s.tokenize(texts, stopwords="fr", stemmer=self._stemmer, show_progress=False)

    def search(self, query: str, encoder: Encoder, k: int = 10, depth: int = 100) -> list[int]:
        """The ``k`` best rows."""
        depth = min(depth, self._flat.ntotal)
        _, near = self._flat.search(encoder.encode_query(query).dense[None, :], depth)
        worded, _ = self._bm25.retrieve(self._tokens([query]), k=depth, show_progress=False)
        scores: dict[int, float] = {}
        for found in (near[0].tolist(), worded[0].tolist()):
            for rank, row in enumerate(found, start=1):
                scores[row] = scores.get(row, 0.0) + 1 / (_RANK + rank)
        return sorted(scores, key=lambda row: -scores[row])[:k]
