"""``reuni bench index``: passages a second from cached embeddings to a published generation, beside a baseline."""

import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from eval.bench.collection import SyntheticContent, fill_cache, write_collection
from indexer.compartment import DEFAULT, Compartment
from indexer.embedding_cache import EmbeddingCache
from indexer.encoder.onnx_encoder import OnnxEncoder

BASELINE = "FAISS IndexFlatIP + bm25s, in memory"
# More than these are not taken in by the baseline: its time a passage is the same, its memory is not.
_MOST_BASELINE = 200_000


def run(encoder_folder: Path, passages: int = 100_000, data: Path | None = None) -> dict[str, Any]:
    """Measure; each side has a process of its own.

    Args:
        encoder_folder: a prepared model: some real embeddings are varied into ``passages`` of them.
        passages: how many.
        data: keeps what was built; None removes it. Embeddings found there are used again.

    Returns:
        ``passages``, ``passages_per_s``, ``seconds``, ``stages_s``, ``peak_rss_mib``, ``bytes_per_passage`` (without
        the originals and the catalogue), ``baseline``, ``baseline_passages`` (200,000 at most),
        ``baseline_passages_per_s``.

    Raises:
        EncoderMissing, EncoderDamaged: the folder cannot be opened.
    """
    with tempfile.TemporaryDirectory(prefix="reuni-bench-") as folder:
        ours = alone(_build, encoder_folder, data or Path(folder), passages)
        compared = min(passages, _MOST_BASELINE)
        theirs = alone(_baseline, data or Path(folder), compared)
    return {
        "passages": passages,
        "passages_per_s": round(passages / ours["seconds"]),
        **ours,
        "baseline": BASELINE,
        "baseline_passages": compared,
        "baseline_passages_per_s": round(compared / theirs["seconds"]),
        "baseline_stages_s": theirs["stages_s"],
        "baseline_peak_rss_mib": theirs["peak_rss_mib"],
    }


def alone(work: Any, *arguments: Any) -> Any:
    """Call a function of a module in a fresh process, so that memory measured is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _build(encoder_folder: Path, data: Path, passages: int) -> dict[str, Any]:
    encoder = OnnxEncoder.open(encoder_folder)
    place = Compartment(data, DEFAULT)
    keys = fill_cache(EmbeddingCache(place.embeddings, encoder.identity), encoder, passages)
    stamps: list[tuple[str, float]] = []
    started = time.perf_counter()
    cache = EmbeddingCache(place.embeddings, encoder.identity)
    stamps.append(("Ouverture du cache", started))
    write_collection(
        data, encoder, passages, cache, keys, lambda stage, done, _: stamps.append((stage, time.perf_counter()))
    )
    ended = time.perf_counter()
    stages: dict[str, float] = {}
    for (stage, begun), (_, finished) in zip(stamps, [*stamps[1:], ("", ended)], strict=True):
        stages[stage] = round(stages.get(stage, 0) + finished - begun, 2)
    total = sum(path.stat().st_size for path in place.generations.rglob("*") if path.is_file())
    return {
        "seconds": round(ended - started, 2),
        "stages_s": stages,
        "peak_rss_mib": _peak_mib(),
        "bytes_per_passage": round(total / passages),
    }


def _baseline(data: Path, passages: int) -> dict[str, Any]:
    from eval.bench.baseline import FlatAndBm25

    vectors = stored_vectors(data, passages)
    texts = [passage.text for passage in SyntheticContent(passages).passages()]
    started = time.perf_counter()
    made = FlatAndBm25(texts, vectors)
    return {
        "seconds": time.perf_counter() - started,
        "stages_s": made.stages_s,
        "peak_rss_mib": _peak_mib(),
    }


def stored_vectors(data: Path, passages: int) -> Any:
    """The dense vectors in the cache of a data directory, in row order, float32."""
    import numpy as np

    from indexer.embedding_cache import Segment, is_segment

    paths = [path for path in Compartment(data, DEFAULT).embeddings.glob("*/*") if is_segment(path)]
    segments = sorted(map(Segment.open, paths), key=lambda segment: segment.keys[0].tobytes())
    return np.concatenate([segment.dense for segment in segments])[:passages].astype(np.float32)
