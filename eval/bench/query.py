"""``reuni bench query``: the time of a question to the real engine over a large collection, beside a baseline."""

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from eval.bench.collection import SyntheticContent, fill_cache, queries, write_collection
from eval.bench.index import BASELINE, alone, stored_vectors
from indexer.compartment import DEFAULT, Compartment
from indexer.embedding_cache import EmbeddingCache
from indexer.encoder.onnx_encoder import OnnxEncoder

_WARM_UP = 20

_Ask = Callable[[str], Mapping[str, float]]
_Side = Callable[[Path, Path, int], _Ask]


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
            alone(build, encoder_folder, place, passages)
        ours, theirs = _in_turn((_ours, _theirs), (encoder_folder, place, passages), asked)
    return {
        "passages": passages,
        **ours,
        "baseline": BASELINE,
        **{f"baseline_{name}": value for name, value in theirs.items()},
        "ratio": round(theirs["p50_ms"] / ours["p50_ms"], 2),
    }


def _in_turn(sides: tuple[_Side, ...], arguments: tuple[Path, Path, int], asked: int) -> list[dict[str, Any]]:
    """Ask each question to every side before the next one, so that whatever else the machine does weighs on all
    alike; each side has a process of its own, which only works while it is asked."""
    context = get_context("spawn")
    pipes: list[Connection] = []
    processes = []
    for side in sides:
        here, there = context.Pipe()
        processes.append(context.Process(target=_answer_from, args=(there, side, *arguments)))
        processes[-1].start()
        # Held here too, the other end would keep a side that died from ever being noticed.
        there.close()
        here.recv()
        pipes.append(here)
    for query in queries(_WARM_UP + asked):
        for pipe in pipes:
            pipe.send(query)
            pipe.recv()
    results: list[dict[str, Any]] = []
    for pipe, process in zip(pipes, processes, strict=True):
        pipe.send(None)
        results.append(pipe.recv())
        process.join()
    return results


def _answer_from(pipe: Connection, side: _Side, encoder_folder: Path, data: Path, passages: int) -> None:
    ask = side(encoder_folder, data, passages)
    times: list[float] = []
    stages: dict[str, list[float]] = {}
    pipe.send("ready")
    while (query := pipe.recv()) is not None:
        started = time.perf_counter()
        told = ask(query)
        times.append((time.perf_counter() - started) * 1000)
        for stage, ms in told.items():
            stages.setdefault(stage, []).append(ms)
        pipe.send("done")
    kept = sorted(times[_WARM_UP:])
    result: dict[str, Any] = {
        "p50_ms": round(statistics.median(kept), 2),
        "p95_ms": round(kept[min(round(0.95 * len(kept)), len(kept) - 1)], 2),
        "rss_mib": psutil.Process().memory_info().rss >> 20,
    }
    if stages:
        result["stages_ms"] = {name: round(statistics.median(ms[_WARM_UP:]), 2) for name, ms in stages.items()}
    pipe.send(result)


def build(encoder_folder: Path, data: Path, passages: int) -> None:
    """Write the benchmarks' collection in a data directory."""
    encoder = OnnxEncoder.open(encoder_folder)
    cache = EmbeddingCache(Compartment(data, DEFAULT).embeddings, encoder.identity)
    keys = fill_cache(cache, encoder, passages)
    write_collection(data, encoder, passages, cache, keys, lambda stage, done, total: None)


def _ours(encoder_folder: Path, data: Path, passages: int) -> _Ask:
    from search_api.engine.answer import SearchRequest
    from search_api.engine.readers import Readers
    from search_api.engine.search import Engine

    encoder = OnnxEncoder.open(encoder_folder)
    engine = Engine(Readers(data, encoder.identity), encoder)
    return lambda query: engine.search(SearchRequest(query=query)).timings_ms


def _theirs(encoder_folder: Path, data: Path, passages: int) -> _Ask:
    from eval.bench.baseline import FlatAndBm25

    encoder = OnnxEncoder.open(encoder_folder)
    texts = [passage.text for passage in SyntheticContent(passages).passages()]
    made = FlatAndBm25(texts, stored_vectors(data, passages))

    def ask(query: str) -> Mapping[str, float]:
        made.search(query, encoder)
        return {}

    return ask
