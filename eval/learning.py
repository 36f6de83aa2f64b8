"""Weights of the fusion, chosen on development topics: each topic is asked once, then weighed in many ways.

The evidence of the first documents (``Depth.late`` of them, those whose token vectors are read) is kept as it enters
the fusion, so that any weights give their order at once. Which documents are among them still comes from the
engine's present weights.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from eval.measures import per_topic, standard
from eval.qrels import Qrels
from eval.runs import Run, Scored, ranked
from eval.significance import Interval, bootstrap
from eval.sweep import Setting, Sweep, grid, sweep
from eval.topics import Topic
from search_api.engine.answer import Hit, SearchRequest
from search_api.engine.fusion import Weights
from search_api.engine.retrieval import Depth
from search_api.engine.search import Engine

GRID: Mapping[str, Sequence[float]] = {
    "lexical": (0.15, 0.2, 0.25, 0.3, 0.35, 0.4),
    "dense": (0.0, 0.1, 0.2, 0.3, 0.4),
    "whole": (0.0, 0.25, 0.5, 0.75),
    "late_whole": (0.5, 0.75),
}
"""What is tried; the late interaction's share is what is left of 1."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One document of one topic: its evidence on the fusion's scale, and what goes before it."""

    document: str
    normalised: Mapping[str, float]
    before: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Collection:
    """Topics with their evidence.

    Attributes:
        evidence: topic to its documents.
    """

    name: str
    evidence: Mapping[str, tuple[Evidence, ...]]
    qrels: Qrels


@dataclass(frozen=True, slots=True)
class Gain:
    """What the chosen weights bring to one collection, in nDCG@10, against those in use."""

    collection: str
    topics: int
    before: float
    after: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned.

    Attributes:
        weights: the best over all topics.
        sweep: the whole sweep; its ``cross_validated`` is what to expect elsewhere.
        present: mean with the weights in use, over the same topics.
    """

    weights: Weights
    sweep: Sweep
    present: float
    gains: tuple[Gain, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "weights": asdict(self.weights),
            "present": self.present,
            "best": self.sweep.trials[0].mean,
            "cross_validated": self.sweep.cross_validated,
            "stability": self.sweep.stability,
            "gains": [asdict(gain) for gain in self.gains],
        }


def gather(name: str, engine: Engine, topics: Sequence[Topic], qrels: Qrels) -> Collection:
    """Ask every topic that has an answer, once."""
    answered = [topic for topic in topics if any(grade > 0 for grade in qrels.get(topic.id, {}).values())]
    found = {}
    for topic in answered:
        request = SearchRequest(query=topic.title, k=Depth().late, explain=True, marks=False, fold=False)
        found[topic.id] = tuple(_evidence(engine.search(request).hits))
    return Collection(name, found, qrels)


def _evidence(hits: Sequence[Hit]) -> Iterator[Evidence]:
    for hit in hits:
        if hit.explanation is not None:
            held = (hit.explanation.exact, hit.explanation.near)
            yield Evidence(hit.document.external_id, hit.explanation.normalised, held)


def weigh(evidence: Sequence[Evidence], weights: Weights) -> tuple[Scored, ...]:
    """The order these weights give: what is held exactly first, then the sum."""
    shares = weights.shares()
    total = sum(shares.values())
    scored = [
        (one, sum(share * one.normalised.get(name, 0.0) for name, share in shares.items()) / total) for one in evidence
    ]
    scored.sort(key=lambda pair: (-pair[0].before[0], -pair[0].before[1], -pair[1]))
    return ranked((one.document, float(len(scored) - place)) for place, (one, _) in enumerate(scored))


def learn(collections: Sequence[Collection], tried: Sequence[Setting], present: Weights) -> Learned:
    """Choose among weights over the topics of all collections, one topic one voice.

    Raises:
        InputError: too few topics; see :func:`eval.sweep.sweep`.
    """
    evidence = {f"{one.name}/{topic}": found for one in collections for topic, found in one.evidence.items()}
    qrels = {f"{one.name}/{topic}": one.qrels[topic] for one in collections for topic in one.evidence}

    def answer(setting: Setting) -> Run:
        weights = replace(present, **setting)
        return Run("poids", {topic: weigh(found, weights) for topic, found in evidence.items()})

    # First, so that weights that are no better do not replace those in use.
    swept = sweep(answer, [asdict(present), *tried], tuple(evidence), qrels)
    best = replace(present, **swept.best)
    before, after = (_values(answer(asdict(weights)), qrels) for weights in (present, best))
    gains = []
    for one in collections:
        mine = [f"{one.name}/{topic}" for topic in one.evidence]
        means = [sum(values[topic] for topic in mine) / max(len(mine), 1) for values in (before, after)]
        interval = bootstrap([after[topic] - before[topic] for topic in mine])
        gains.append(Gain(one.name, len(mine), means[0], means[1], interval))
    return Learned(best, swept, sum(before.values()) / len(before), tuple(gains))


def _values(run: Run, qrels: Qrels) -> Mapping[str, float]:
    named = tuple(measure for measure in standard(1) if measure.name == "ndcg@10")
    return per_topic(run, qrels, tuple(qrels), named)["ndcg@10"]


def settings(values: Mapping[str, Sequence[float]] = GRID) -> list[Setting]:
    """Weights that sum to 1, from ``values``; those that leave late interaction nothing are left out."""
    return [
        {"late": round(1 - one["lexical"] - one["dense"], 6), **one}
        for one in grid(values)
        if 1 - one["lexical"] - one["dense"] > 0
    ]
