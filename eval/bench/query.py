"""``reuni bench query``: the time of a question to the real engine over a large collection, beside a baseline."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from eval.bench.collection import SyntheticContent, fill_cache, queries, write_collection
from eval.bench.index import BASELINE, alone, stored_vectors
from indexer.compartment import DEFAULT, Compartment
from indexer.embedding_cache import EmbeddingCache
from indexer.encoder.onnx_encoder import OnnxEncoder

_WARM_UP = 20


def run(encoder_folder: Path, passages: int = 100_000, *, asked: int = 200, data: Path | None = None) -> dict[str, Any]:
    """Measure hybrid search with re-ranking, encoding of the question included, one question at a time.

    Args:
        encoder_folder: a prepared model; questions go through it.
        passages: size of the collection.
        asked: how many questions are timed, after a warm-up.
        data: a directory built by this benchmark or the index one, reused when it is there; None builds in a
            temporary place.

    Returns:
        ``passages``, ``p50_ms``, ``p95_ms``, ``rss_mib``, ``stages_ms`` (medians), ``baseline``, ``baseline_p50_ms``,
        ``baseline_p95_ms``, ``baseline_rss_mib``, ``ratio`` (baseline's median over ours).

    Raises:
        EncoderMissing, EncoderDamaged: the folder cannot be opened.
    """
    with tempfile.TemporaryDirectory(prefix="reuni-bench-") as folder:
        place = data or Path(folder)
        if Compartment(place, DEFAULT).current_id() is None:
            alone(_build, encoder_folder, place, passages)
        ours = alone(_ours, encoder_folder, place, asked)
        theirs = alone(_theirs, encoder_folder, place, passages, asked)
    return {
        "passages": passages,
        **ours,
        "baseline": BASELINE,
        **{f"baseline_{name}": value for name, value in theirs.items()},
        "ratio": round(theirs["p50_ms"] / ours["p50_ms"], 2),
    }


def _build(encoder_folder: Path, data: Path, passages: int) -> None:
    encoder = OnnxEncoder.open(encoder_folder)
    cache = EmbeddingCache(Compartment(data, DEFAULT).embeddings, encoder.identity)
    keys = fill_cache(cache, encoder, passages)
    write_collection(data, encoder, passages, cache, keys, lambda stage, done, total: None)


def _ours(encoder_folder: Path, data: Path, asked: int) -> dict[str, Any]:
    from search_api.engine.answer import SearchRequest
    from search_api.engine.readers import Readers
    from search_api.engine.search import Engine

    encoder = OnnxEncoder.open(encoder_folder)
    engine = Engine(Readers(data, encoder.identity), encoder)
    stages: dict[str, list[float]] = {}

    def ask(query: str) -> None:
        for stage, ms in engine.search(SearchRequest(query=query)).timings_ms.items():
            stages.setdefault(stage, []).append(ms)

    found = _timed(ask, asked)
    medians = {stage: round(statistics.median(values[_WARM_UP:]), 2) for stage, values in stages.items()}
    return found | {"stages_ms": medians}


def _theirs(encoder_folder: Path, data: Path, passages: int, asked: int) -> dict[str, Any]:
    from eval.bench.baseline import FlatAndBm25

    encoder = OnnxEncoder.open(encoder_folder)
    texts = [passage.text for passage in SyntheticContent(passages).passages()]
    made = FlatAndBm25(texts, stored_vectors(data, passages))
    del texts
    return _timed(lambda query: made.search(query, encoder), asked)


def _timed(ask: Callable[[str], object], asked: int) -> dict[str, Any]:
    times: list[float] = []
    for query in queries(_WARM_UP + asked):
        started = time.perf_counter()
        ask(query)
        times.append((time.perf_counter() - started) * 1000)
    kept = sorted(times[_WARM_UP:])
    return {
        "p50_ms": round(statistics.median(kept), 2),
        "p95_ms": round(kept[min(round(0.95 * len(kept)), len(kept) - 1)], 2),
        "rss_mib": psutil.Process().memory_info().rss >> 20,
    }
