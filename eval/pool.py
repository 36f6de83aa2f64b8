"""What assessors are given to judge: the first documents of several systems, mixed and anonymous."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpus.errors import InputError
from eval.qrels import Qrels
from eval.runs import Run

DEPTH = 20


@dataclass(frozen=True, slots=True)
class PoolItem:
    """One document to judge for one topic.

    It carries neither a score, nor a rank, nor the system that found it: an assessor cannot favour one.
    """

    topic: str
    document: str


def pool(runs: Sequence[Run], depth: int = DEPTH) -> dict[str, frozenset[str]]:
    """For each topic, the documents that at least one run puts among its first ``depth``."""
    topics = dict.fromkeys(topic for run in runs for topic in run.rankings)
    return {topic: frozenset(document for run in runs for document in run.documents(topic, depth)) for topic in topics}


def to_judge(
    pooled: Mapping[str, frozenset[str]], assessor: str, *, seed: int, judged: Qrels | None = None
) -> tuple[PoolItem, ...]:
    """The assessor's work: topics in an order of their own, documents shuffled within each topic.

    Order depends on the seed, the assessor and the topic only: it is the same whenever the work is
    resumed, and two assessors do not tire on the same documents.

    Args:
        judged: what this assessor has judged already, left out.
    """
    topics = sorted(pooled)
    random.Random(f"{seed}\0{assessor}").shuffle(topics)  # noqa: S311 — an order, not a secret
    items: list[PoolItem] = []
    for topic in topics:
        # Shuffled before anything is left out, so that judging a document moves no other.
        documents = sorted(pooled[topic])
        random.Random(f"{seed}\0{assessor}\0{topic}").shuffle(documents)  # noqa: S311
        done = (judged or {}).get(topic, {})
        items += [PoolItem(topic, document) for document in documents if document not in done]
    return tuple(items)


def two_assessors(topics: Sequence[str], assessors: Sequence[str], *, seed: int) -> dict[str, tuple[str, str]]:
    """Which two assessors judge each topic: loads differ by two at most, and every pair meets.

    Raises:
        InputError: there are fewer than two assessors.
    """
    people = list(dict.fromkeys(assessors))
    if len(people) < 2:
        raise InputError(
            "Il faut deux assesseurs pour que chaque sujet soit jugé deux fois",
            remedy="Désignez un second assesseur",
        )
    order = sorted(set(topics))
    random.Random(f"{seed}\0pairs").shuffle(order)  # noqa: S311
    random.Random(f"{seed}\0people").shuffle(people)  # noqa: S311
    count = len(people)
    pairs: dict[str, tuple[str, str]] = {}
    for place, topic in enumerate(order):
        # The second reader stands one seat further at each round of the table, and never on the first's.
        distance = 1 + (place // count) % (count - 1)
        pairs[topic] = (people[place % count], people[(place + distance) % count])
    return pairs


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one run brought to the pool: documents in all, and those no other run brought."""

    run: str
    documents: int
    alone: int


def contributions(runs: Sequence[Run], depth: int = DEPTH) -> tuple[Contribution, ...]:
    """What each run brought to the pool, in the order given."""
    brought = [
        {(topic, document) for topic in run.rankings for document in run.documents(topic, depth)} for run in runs
    ]
    lines: list[Contribution] = []
    for place, run in enumerate(runs):
        others: set[tuple[str, str]] = set().union(*(found for other, found in enumerate(brought) if other != place))
        lines.append(Contribution(run.name, len(brought[place]), len(brought[place] - others)))
    return tuple(lines)


def holes(run: Run, qrels: Qrels, depth: int = 10) -> dict[str, tuple[str, ...]]:
    """For each topic, the documents among the first ``depth`` that nobody judged; topics without any are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for topic in run.rankings:
        unjudged = tuple(d for d in run.documents(topic, depth) if d not in qrels.get(topic, {}))
        if unjudged:
            found[topic] = unjudged
    return found
