"""``reuni bench approximate``: indexes of vectors that do not look at every row, beside a scan of all.

Each is asked with the first of its settings that finds 0.98 of the exact 100 nearest, or its last one; what it finds is
scored again with the exact vectors, as the engine does.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from eval.bench.collection import passage_text, queries, real_sentences
from eval.bench.index import alone
from indexer.dense import DenseIndex, write_dense
from indexer.encoder.onnx_encoder import OnnxEncoder
from indexer.encoder.protocol import Encoder, Floats

NEAREST = 100
WANTED = 0.98
_BASE = 500
_AT_ONCE = 65_536
_NOISE = 0.35
_CANDIDATES = 4
_TRAINED_ON = 100_000
_MANY = 250_000

Found = Callable[[Floats, int], npt.NDArray[np.int64]]
"""From a question's vector and a setting to the rows that may be nearest."""


class Candidate(NamedTuple):
    """An index to compare: its name, its settings from the quickest on, and how it is made."""

    name: str
    settings: tuple[int, ...]
    make: Callable[[Floats], Found]


class _InMemory:
    """The vectors as they are, for what scores again."""

    def __init__(self, vectors: Floats) -> None:
        self._vectors = vectors

    def dense(self, rows: npt.NDArray[np.int64]) -> Floats:
        """The vectors of some rows."""
        return self._vectors[rows]


def run(encoder_folder: Path, passages: int = 100_000, asked: int = 100) -> dict[str, Any]:
    """Compare indexes over varied real embeddings.

    Args:
        encoder_folder: a prepared model; 500 passages and the questions go through it.
        passages: how many vectors.
        asked: how many questions, one at a time, on one thread.

    Returns:
        ``passages`` and ``indexes``: for each its ``name``, ``setting``, ``recall@100``, ``p50_ms``, ``p95_ms``,
        ``build_s``. The first two are those in use, of few and of many rows.

    Raises:
        EncoderMissing, EncoderDamaged: the folder cannot be opened.
    """
    found = alone(_measured, encoder_folder, passages, asked)
    assert isinstance(found, dict)  # noqa: S101 - what is below
    return found


def _measured(encoder_folder: Path, passages: int, asked: int) -> dict[str, Any]:
    encoder = OnnxEncoder.open(encoder_folder)
    texts = queries(asked)
    return measured(varied(encoder, passages), np.array([encoder.encode_query(text).dense for text in texts]))


def varied(encoder: Encoder, count: int, base: int = _BASE) -> Floats:
    """``(count, dimension)``: real embeddings of passages, each with noise of its own."""
    told = real_sentences()
    known = np.array(
        [one.dense for one in encoder.encode_passages([passage_text(told, 1, row) for row in range(min(base, count))])]
    )
    dice = np.random.default_rng(0)
    vectors = known[dice.integers(0, len(known), count)]
    for first in range(0, count, _AT_ONCE):
        some = vectors[first : first + _AT_ONCE]
        some += dice.standard_normal(some.shape, dtype=np.float32) * np.float32(_NOISE / np.sqrt(some.shape[1]))
        some /= np.linalg.norm(some, axis=1, keepdims=True)
    return vectors


def measured(vectors: Floats, asked: Floats) -> dict[str, Any]:
    """As :func:`run`, of these vectors and questions, in this process."""
    faiss.omp_set_num_threads(1)
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    nearest = min(NEAREST, len(vectors))
    exact = [set(rows.tolist()) for rows in flat.search(asked, nearest)[1]]
    del flat
    return {
        "passages": len(vectors),
        "indexes": _timed([_chosen(one, vectors, asked, exact) for one in candidates(len(vectors))], asked),
    }


def candidates(count: int) -> tuple[Candidate, ...]:
    """What is compared over ``count`` vectors: of many, only what finds enough among 100,000."""
    lists = max(int(4 * np.sqrt(count)), 1)
    probes = tuple(n for n in (8, 16, 32, 64, 128, 256, 512, 1024) if n < lists) or (1,)
    hopeful = (
        Candidate("signed bytes, every row", (0,), lambda vectors: _ours(vectors, len(vectors) + 1)),
        Candidate("signed bytes in lists, a fourth of them", (0,), lambda vectors: _ours(vectors, 1)),
        Candidate(f"IVF{lists}, 8 bits", probes, _factory(f"IVF{lists},SQ8", "nprobe")),
    )
    if count > _MANY:
        return hopeful
    return (
        *hopeful,
        Candidate("RaBitQ on 1 bit, fast scan, so many scored again", (2_000, 4_000, 8_000), _first_pass),
        Candidate(f"IVF{lists}, 4-bit PQ of 48 bytes, fast scan", probes, _factory(f"IVF{lists},PQ96x4fs", "nprobe")),
        Candidate("HNSW32, 8 bits", (64, 128, 256, 512), _factory("HNSW32_SQ8", "efSearch")),
    )


def _ours(vectors: Floats, lists_from: int) -> Found:
    with tempfile.TemporaryDirectory(prefix="reuni-bench-") as folder:
        path = Path(folder) / "dense.faiss"
        write_dense(path, vectors, lists_from)
        index = faiss.read_index(str(path))
    scan = DenseIndex(index, _InMemory(vectors))
    return lambda query, _: scan.search(query, NEAREST)[0]


def _first_pass(vectors: Floats) -> Found:
    centre = vectors.mean(axis=0)
    index = faiss.IndexRaBitQFastScan(vectors.shape[1], faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[:: max(len(vectors) // _TRAINED_ON, 1)] - centre)
    for first in range(0, len(vectors), _AT_ONCE):
        index.add(vectors[first : first + _AT_ONCE] - centre)

    def found(query: Floats, value: int) -> npt.NDArray[np.int64]:
        rows = index.search(query[None, :], min(value, len(vectors)))[1][0]
        return _best(vectors, query, np.asarray(rows[rows >= 0], np.int64))

    return found


def _factory(named: str, setting: str) -> Callable[[Floats], Found]:
    def make(vectors: Floats) -> Found:
        index = faiss.index_factory(vectors.shape[1], named, faiss.METRIC_INNER_PRODUCT)
        index.train(vectors[:: max(len(vectors) // _TRAINED_ON, 1)])
        index.add(vectors)
        asked = faiss.ParameterSpace()

        def found(query: Floats, value: int) -> npt.NDArray[np.int64]:
            asked.set_index_parameter(index, setting, value)
            rows = index.search(query[None, :], min(_CANDIDATES * NEAREST, len(vectors)))[1][0]
            return _best(vectors, query, np.asarray(rows[rows >= 0], np.int64))

        return found

    return make


def _best(vectors: Floats, query: Floats, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return rows[np.argsort(-(vectors[rows] @ query), kind="stable")[:NEAREST]]


class _Chosen(NamedTuple):
    name: str
    search: Found
    setting: int
    recall: float
    build_s: float


def _chosen(one: Candidate, vectors: Floats, asked: Floats, exact: list[set[int]]) -> _Chosen:
    started = time.perf_counter()
    search = one.make(vectors)
    built = time.perf_counter() - started
    recall, setting = 0.0, one.settings[0]
    for setting in one.settings:
        found = [set(search(query, setting).tolist()) for query in asked]
        recall = statistics.mean(len(wanted & rows) / len(wanted) for wanted, rows in zip(exact, found, strict=True))
        if recall >= WANTED:
            break
    return _Chosen(one.name, search, setting, recall, built)


def _timed(chosen: list[_Chosen], asked: Floats) -> list[dict[str, Any]]:
    """Each question is asked of every index before the next one, so that other work weighs on all alike."""
    times: dict[str, list[float]] = {one.name: [] for one in chosen}
    for query in asked:
        for one in chosen:
            began = time.perf_counter()
            one.search(query, one.setting)
            times[one.name].append((time.perf_counter() - began) * 1000)
    return [
        {
            "name": one.name,
            "setting": one.setting,
            "recall@100": round(one.recall, 4),
            "p50_ms": round(statistics.median(times[one.name]), 2),
            "p95_ms": round(sorted(times[one.name])[int(0.95 * len(asked))], 2),
            "build_s": round(one.build_s, 1),
        }
        for one in chosen
    ]
