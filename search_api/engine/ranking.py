"""Ranking: from the evidence of every compartment's candidates to one order of documents."""

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

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
        return _by_exact(_ordered(pools, evidence, first, weights))
    if token_shares is None:
        token_shares = np.full(len(query.tokens), 1 / max(len(query.tokens), 1), np.float32)
    # Those that get no late evidence keep their first order, below those that do.
    chosen = _best(pools, first, depth.late)
    reranked = [add_late(pool.only(kept), query, token_shares, depth) for pool, kept in zip(pools, chosen, strict=True)]
    late_evidence = _normalised(reranked)
    fused = _fused(reranked, late_evidence, shares)
    top = _ordered(reranked, late_evidence, fused, weights)
    rest = [np.setdiff1d(np.arange(len(pool)), kept) for pool, kept in zip(pools, chosen, strict=True)]
    lowest = min((float(scores.min()) for scores in fused if len(scores)), default=0.0)
    highest = max((float(scores[kept].max()) for scores, kept in zip(first, rest, strict=True) if len(kept)), default=0)
    below = [scores - highest + lowest - 1 for scores in first]
    return _by_exact([*top, *_ordered(pools, evidence, below, weights, rest)])


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


def _ordered(
    pools: list[Candidates],
    normalised: list[dict[str, Floats]],
    scores: list[Floats],
    weights: Weights,
    among: Sequence[npt.NDArray[np.intp]] | None = None,
) -> list[Ranked]:
    """Documents by their score alone; what they hold exactly is looked at once all are together.

    Args:
        among: places of those wanted in each pool; None for all.
    """
    ranked: list[Ranked] = []
    for number, (pool, mine, evidence) in enumerate(zip(pools, scores, normalised, strict=True)):
        wanted = np.arange(len(pool)) if among is None else among[number]
        best = _passage_order(pool, weights)[pool.starts]
        columns = (column[wanted].tolist() for column in (best, mine, pool.exact, pool.near))
        ranked.extend(
            Ranked(pool, place, passage, score, evidence, exact, near)
            for place, passage, score, exact, near in zip(wanted.tolist(), *columns, strict=True)
        )
    # Ties keep their order, backwards too.
    return sorted(ranked, key=attrgetter("score"), reverse=True)


def _by_exact(ranked: list[Ranked]) -> list[Ranked]:
    return sorted(ranked, key=attrgetter("exact", "near"), reverse=True)


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
