"""The engine: one question, one snapshot, one answer."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import numpy as np
import numpy.typing as npt

from corpus.document import Document, Page
from corpus.french.folding import fold
from corpus.passage import Passage
from indexer.encoder.protocol import Encoded, Encoder, EncoderIdentity, Floats
from search_api.engine.answer import (
    Answer,
    Channel,
    Coverage,
    Explanation,
    FoundPassage,
    Hit,
    SearchRequest,
)
from search_api.engine.fusion import Weights, fuse, min_max
from search_api.engine.highlight import best_sentence, matched_terms, word_highlights
from search_api.engine.readers import Readers, Snapshot
from search_api.engine.reading import Reading, read_query
from search_api.engine.retrieval import Candidates, Depth, add_late, retrieve

DEEPEST = 1_000
SUGGESTIONS = 8


class Engine:
    """Answers questions over the compartments of a data directory. Safe to call from several threads."""

    def __init__(
        self, readers: Readers, encoder: Encoder, weights: Weights | None = None, depth: Depth | None = None
    ) -> None:
        self._readers = readers
        self._encoder = encoder
        self._weights = weights or Weights()
        self._depth = depth or Depth()

    @property
    def encoder(self) -> EncoderIdentity:
        """The encoder in use."""
        return self._encoder.identity

    def parameters(self) -> dict[str, object]:
        """What the ranking is set to, for the record of a run; JSON values."""
        return {"weights": asdict(self._weights), "depth": asdict(self._depth)}

    def contents(self, compartments: tuple[str, ...] | None = None) -> list[tuple[str, str]]:
        """External id and version of every document of these compartments."""
        return [
            (document.external_id, document.version)
            for generation in self._readers.snapshot(compartments).values()
            for document in generation.passages.all_documents()
        ]

    def compartments(self) -> tuple[str, ...]:
        """Compartments that have something to search."""
        return self._readers.names()

    def coverage(self, compartments: tuple[str, ...] | None = None) -> Coverage:
        """What a search over these compartments would be looked for in."""
        return _coverage(self._readers.snapshot(compartments))

    def document(self, document_id: str, compartments: tuple[str, ...] | None = None) -> Document | None:
        """A document of these compartments, or None."""
        for generation in self._readers.snapshot(compartments).values():
            if (document := generation.passages.document_by_id(document_id)) is not None:
                return document
        return None

    def pages(self, document_id: str, compartments: tuple[str, ...] | None = None) -> tuple[Page, ...]:
        """The pages of a document of these compartments, in order; none when they do not hold it."""
        for generation in self._readers.snapshot(compartments).values():
            if (document := generation.passages.document_by_id(document_id)) is not None:
                with self._readers.catalogue(generation.manifest.compartment) as catalogue:
                    return catalogue.versions.pages(document.version)
        return ()

    def suggest(self, prefix: str, compartments: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Completions of the word being typed, most frequent first; "" or a finished word gives none."""
        typed = re.search(r"[^\W_]{2,}$", prefix)
        if typed is None:
            return ()
        counts: Counter[str] = Counter()
        for generation in self._readers.snapshot(compartments).values():
            counts.update(dict(generation.lexical.words_with_prefix(fold(typed.group()), 200)))
        words = sorted(counts, key=lambda word: (-counts[word], word))
        return tuple(prefix[: typed.start()] + word for word in words[:SUGGESTIONS])

    def search(self, request: SearchRequest) -> Answer:
        """Answer a question.

        Raises:
            UnknownCompartment, IndexMissing, IndexDamaged, EncoderMismatch: see :class:`Readers`.
        """
        timings: dict[str, float] = {}
        with _timed(timings, "total"):
            snapshot = self._readers.snapshot(request.compartments)
            reading = read_query(request.query)
            ranked: list[tuple[Candidates, int, float]] = []
            if reading.text:
                ranked = self._ranked(snapshot, reading, request, timings)
            with _timed(timings, "passages"):
                wanted = ranked[request.offset : request.offset + request.k]
                hits = tuple(
                    self._hit(rank, candidates, place, score, reading, request)
                    for rank, (candidates, place, score) in enumerate(wanted, start=request.offset + 1)
                )
        return Answer(
            request=request,
            hits=hits,
            total=len(ranked),
            clear=bool(hits),
            coverage=_coverage(snapshot),
            messages=reading.messages,
            timings_ms=timings,
        )

    def _ranked(
        self, snapshot: Snapshot, reading: Reading, request: SearchRequest, timings: dict[str, float]
    ) -> list[tuple[Candidates, int, float]]:
        """Best passage of each document, best first: candidates, place among them, score."""
        query: Encoded | None = None
        if request.channel is not Channel.LEXICAL:
            with _timed(timings, "encode"):
                query = self._encoder.encode_query(reading.text)
        depth = _depth_for(self._depth, request.offset + request.k)
        with _timed(timings, "retrieve"):
            pools = [retrieve(g, reading, query, request.channel, depth) for g in snapshot.values()]
        with _timed(timings, "rank"):
            return _one_a_document(pools, self._scores(pools, query, request.channel, depth))

    def _scores(self, pools: list[Candidates], query: Encoded | None, channel: Channel, depth: Depth) -> list[Floats]:
        """One final score a candidate, comparable across compartments; completes ``pools`` in place."""
        if channel is not Channel.HYBRID or query is None:
            return [pool.scores.get(channel.value, np.empty(0, np.float32)) for pool in pools]
        weights = {"lexical": self._weights.lexical, "dense": self._weights.dense, "late": self._weights.late}
        first = _fused(pools, weights)
        everything = np.concatenate(first)
        if not len(everything) or not weights["late"]:
            return first
        # Those that get no late score keep their first order below those that do.
        kept = len(everything) - depth.late
        threshold = np.partition(everything, kept)[kept] if kept > 0 else -np.inf
        rest = [np.flatnonzero(scores < threshold) for scores in first]
        best = [np.flatnonzero(scores >= threshold) for scores in first]
        reranked = [add_late(pool.only(places), query) for pool, places in zip(pools, best, strict=True)]
        second = _fused(reranked, weights)
        result: list[Floats] = []
        for number, pool in enumerate(pools):
            left_out = pool.only(rest[number])
            both = Candidates(
                pool.generation,
                np.concatenate([reranked[number].rows, left_out.rows]),
                {
                    name: np.concatenate([scores, left_out.scores.get(name, np.zeros(len(left_out), np.float32))])
                    for name, scores in reranked[number].scores.items()
                },
            )
            pools[number] = both
            result.append(np.concatenate([second[number], first[number][rest[number]] - 1]))
        return result

    def _hit(
        self,
        rank: int,
        candidates: Candidates,
        place: int,
        score: float,
        reading: Reading,
        request: SearchRequest,
    ) -> Hit:
        store = candidates.generation.passages
        row = int(candidates.rows[place])
        passage = store.passage(row)
        document = store.document(int(store.document_of[row]))
        explanation = None
        if request.explain:
            explanation = Explanation(
                scores={name: float(scores[place]) for name, scores in candidates.scores.items()},
                normalised={name: float(min_max(scores)[place]) for name, scores in candidates.scores.items()},
                matched_terms=matched_terms((document.title, *passage.heading_path, passage.text), reading),
            )
        return Hit(
            rank=rank,
            score=score,
            compartment=candidates.generation.manifest.compartment,
            document=document,
            passage=_found(passage, reading),
            explanation=explanation,
        )


def _fused(pools: list[Candidates], weights: dict[str, float]) -> list[Floats]:
    """Fused scores by pool: lexical scores are normalised inside each compartment, where their statistics
    come from; the others over all, since they compare."""
    sizes = np.cumsum([len(pool) for pool in pools])[:-1]
    normalised: dict[str, Floats] = {}
    for name in sorted({name for pool in pools for name in pool.scores}):
        parts = [pool.scores[name] for pool in pools]
        inside = name == "lexical"
        normalised[name] = np.concatenate([min_max(p) for p in parts]) if inside else min_max(np.concatenate(parts))
    if not normalised:
        return [np.empty(0, np.float32) for _ in pools]
    return list(np.split(fuse(normalised, weights), sizes))


def _one_a_document(pools: list[Candidates], scores: list[Floats]) -> list[tuple[Candidates, int, float]]:
    """The best passage of each document, best first; ties go by document id, then by place in the document."""
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for number, (pool, mine) in enumerate(zip(pools, scores, strict=True)):
        documents: npt.NDArray[np.int32] = pool.generation.passages.document_of[pool.rows]
        order = np.lexsort((pool.rows, -mine))
        for place in order.tolist():
            best.setdefault((number, int(documents[place])), (float(mine[place]), place))
    ranked = [(-score, number, document, place) for (number, document), (score, place) in best.items()]
    ranked.sort()
    return [(pools[number], place, -negated) for negated, number, _, place in ranked]


def _depth_for(depth: Depth, wanted: int) -> Depth:
    """Deep pages need more candidates: several passages of one document make one hit."""
    return Depth(max(depth.channel, min(3 * wanted, 3 * DEEPEST)), max(depth.late, min(wanted, DEEPEST)))


def _found(passage: Passage, reading: Reading) -> FoundPassage:
    highlights = word_highlights(passage.text, reading)
    return FoundPassage(
        id=passage.id,
        text=passage.text,
        heading_path=passage.heading_path,
        spans=passage.spans,
        page=passage.spans[0].page,
        page_label="",
        best_sentence=best_sentence(passage.text, highlights),
        highlights=highlights,
        ocr_confidence=passage.ocr_confidence,
    )


def _coverage(snapshot: Snapshot) -> Coverage:
    manifests = [generation.manifest for generation in snapshot.values()]
    drops = [manifest.collected.drops[-1] for manifest in manifests if manifest.collected.drops]
    return Coverage(
        generations={manifest.compartment: manifest.id for manifest in manifests},
        documents=sum(manifest.documents for manifest in manifests),
        passages=sum(manifest.passages for manifest in manifests),
        unreadable=sum(manifest.collected.unreadable for manifest in manifests),
        awaiting_ocr=sum(manifest.collected.awaiting_ocr for manifest in manifests),
        partial=sum(manifest.collected.partial for manifest in manifests),
        last_drop=drops[-1] if drops else "",
    )


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[stage] = (time.perf_counter() - start) * 1000
