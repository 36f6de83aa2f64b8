"""Ranking: from the evidence of every compartment's candidates to one order of documents."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from indexer.encoder.protocol import Encoded, Floats
from search_api.engine.answer import Channel
from search_api.engine.fusion import Weights, brought, fuse
from search_api.engine.retrieval import PASSAGE_EVIDENCE, Candidates, Depth, add_late

# Lexical scores depend on a compartment's statistics: they are normalised inside it, the others over all.
_LOCAL = frozenset({"lexical", "lexical_document"})


class Ranked(NamedTuple):
    """One ranked document. A tuple, since one is made for each of some 500 candidates.

    Attributes:
        candidates: those of its compartment.
        document: its place among them.
        passage: place in ``candidates.rows`` of the passage that answers.
        evidence: that of all of them on its common scale; see :func:`search_api.engine.fusion.brought`.
        exact: how many of the exact things asked for it holds.
        near: how many identifiers it holds up to a fault of recognition.
        versions: numbers of the other members of its family that answer too, newest first, once they are folded.
    """

    candidates: Candidates
    document: int
    passage: int
    score: float
    evidence: dict[str, Floats]
    exact: int
    near: int
    versions: tuple[int, ...] = ()

    @property
    def number(self) -> int:
        """The document's number in its generation."""
        return int(self.candidates.documents[self.document])

    @property
    def normalised(self) -> dict[str, float]:
        """Its own evidence."""
        return {name: float(values[self.document]) for name, values in self.evidence.items()}


def rank(
    pools: list[Candidates],
    query: Encoded | None,
    channel: Channel,
    weights: Weights,
    depth: Depth,
    token_shares: Floats | None = None,
) -> list[Ranked]:
    """Every candidate document, best first.

    Documents that hold more of the exact things asked for come first; then by fused evidence; ties go by
    compartment, then by document.

    Args:
        token_shares: how much each token of the question counts in late interaction, 1 in all; None for the same each.
    """
    shares = weights.shares()
    evidence = _normalised(pools)
    first = _fused(pools, evidence, shares)
    if channel is not Channel.HYBRID or query is None or not weights.late:
        return _ordered([_Batch(*one) for one in zip(pools, evidence, first, strict=True)], weights)
    if token_shares is None:
        token_shares = np.full(len(query.tokens), 1 / max(len(query.tokens), 1), np.float32)
    # Those that get no late evidence keep their first order, below those that do.
    chosen = _best(pools, first, depth.late)
    reranked = [add_late(pool.only(kept), query, token_shares, depth) for pool, kept in zip(pools, chosen, strict=True)]
    late_evidence = _normalised(reranked)
    fused = _fused(reranked, late_evidence, shares)
    top = [_Batch(*one) for one in zip(reranked, late_evidence, fused, strict=True)]
    rest = [np.delete(np.arange(len(pool)), kept) for pool, kept in zip(pools, chosen, strict=True)]
    lowest = min((float(scores.min()) for scores in fused if len(scores)), default=0.0)
    highest = max((float(scores[kept].max()) for scores, kept in zip(first, rest, strict=True) if len(kept)), default=0)
    below = [scores - highest + lowest - 1 for scores in first]
    return _ordered([*top, *(_Batch(*one) for one in zip(pools, evidence, below, rest, strict=True))], weights)


def _best(pools: list[Candidates], scores: list[Floats], most: int) -> list[npt.NDArray[np.intp]]:
    """Sorted places of the best documents over all compartments, those with exact things first."""
    everything = np.concatenate(scores) if scores else np.empty(0, np.float32)
    exact, near = (
        np.concatenate(counts) if counts else np.empty(0, np.int64)
        for counts in ([pool.exact for pool in pools], [pool.near for pool in pools])
    )
    kept = np.zeros(len(everything), bool)
    kept[np.lexsort((np.arange(len(everything)), -everything, -near, -exact))[:most]] = True
    return [np.flatnonzero(part) for part in np.split(kept, _borders(pools))]


def _borders(pools: list[Candidates]) -> npt.NDArray[np.int64]:
    return np.cumsum([len(pool) for pool in pools])[:-1]


def _normalised(pools: list[Candidates]) -> list[dict[str, Floats]]:
    evidence = [pool.evidence() for pool in pools]
    result: list[dict[str, Floats]] = [{} for _ in pools]
    for name in sorted({name for found in evidence for name in found}):
        parts = [found.get(name, np.zeros(len(pool), np.float32)) for found, pool in zip(evidence, pools, strict=True)]
        if name in _LOCAL:
            scaled = [brought(name, part) for part in parts]
        else:
            scaled = np.split(brought(name, np.concatenate(parts)), _borders(pools))
        for found, part in zip(result, scaled, strict=True):
            found[name] = part
    return result


def _fused(pools: list[Candidates], normalised: list[dict[str, Floats]], shares: dict[str, float]) -> list[Floats]:
    return [
        fuse(evidence, shares) if evidence else np.zeros(len(pool), np.float32)
        for evidence, pool in zip(normalised, pools, strict=True)
    ]


class _Batch(NamedTuple):
    """Documents of a pool, with what they are ordered by.

    Attributes:
        among: places of those wanted; None for all.
    """

    pool: Candidates
    evidence: dict[str, Floats]
    scores: Floats
    among: npt.NDArray[np.intp] | None = None


def _ordered(batches: Sequence[_Batch], weights: Weights) -> list[Ranked]:
    """By the exact things they hold, then by score; ties keep the order in which they are given."""
    if not batches:
        return []
    parts = [_columns(batch, weights) for batch in batches]
    owners = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    places, passages, scores, exact, near = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((-scores, -near, -exact))
    columns = (column[order].tolist() for column in (owners, places, passages, scores, exact, near))
    return [
        Ranked(batches[owner].pool, place, passage, score, batches[owner].evidence, holds, nearly)
        for owner, place, passage, score, holds, nearly in zip(*columns, strict=True)
    ]


def _columns(batch: _Batch, weights: Weights) -> tuple[npt.NDArray[Any], ...]:
    """Of each document wanted: its place, that of its best passage, its score, and what it holds exactly."""
    pool = batch.pool
    places = np.arange(len(pool)) if batch.among is None else batch.among
    best = _passage_order(pool, weights)[pool.starts]
    return places, *(column[places] for column in (best, batch.scores, pool.exact, pool.near))


def best_passages(ranked: Sequence[Ranked], weights: Weights, most: int) -> list[list[int]]:
    """Places in ``candidates.rows`` of each document's best passages, ``most`` at most, the one that answers first.

    Args:
        weights: those they were ranked with.
    """
    if most == 1:
        return [[one.passage] for one in ranked]
    pools = {id(one.candidates): one.candidates for one in ranked}
    orders = {key: np.split(_passage_order(pool, weights), pool.starts[1:].tolist()) for key, pool in pools.items()}
    return [orders[id(one.candidates)][one.document][:most].tolist() for one in ranked]


def _passage_order(pool: Candidates, weights: Weights) -> npt.NDArray[np.intp]:
    """Places in ``rows``: documents in order, the passages of each by their own evidence, the first one on a tie."""
    evidence = {
        name: brought(name, pool.passage_scores[name]) for name in PASSAGE_EVIDENCE if name in pool.passage_scores
    }
    scores = fuse(evidence, weights.of_passages()) if evidence else np.zeros(len(pool.rows), np.float32)
    return np.lexsort((np.arange(len(scores)), -scores, pool.places))
