"""What saved searches tell of what comes in: is a document worth an alert when it answers so clearly, by itself?

The documents of a collection are taken for new ones, half of them at a time: a topic is a search saved before they
came, asked among them alone as a round does (:mod:`search_api.engine.watch.rounds`). Every threshold is then judged on
the same scores. A relevant document that is not among those looked at closely is missed whatever the threshold.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eval.qrels import Qrels, relevant
from eval.significance import Interval, ratio_bootstrap
from eval.topics import Topic
from search_api.engine.answer import SearchRequest
from search_api.engine.search import Engine
from search_api.engine.watch.rounds import MOST_MATCHES

FROM_GRADE = 2
"""An alert is right when its document answers, in part at least."""
_LOOKED_AT = 200

Scored = tuple[float, bool]
"""How clearly a document answers (:func:`search_api.engine.clarity.clearness`), and whether it is right."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One saved search and what came: its documents in the order of their rank, and how many should be told."""

    topic: str
    found: tuple[Scored, ...]
    right: int


@dataclass(frozen=True, slots=True)
class AlertFigures:
    """What a threshold is worth over some searches.

    Attributes:
        alerts: told, for one search on average.
        precision: alerts that are right, over all alerts.
        recall: documents that should be told and are, over all of them.
        quiet: searches without any document to tell that tell none, over all such searches.
        precision_interval, recall_interval: 95%, searches drawn with replacement.
    """

    threshold: float
    searches: int
    alerts: float
    precision: float
    recall: float
    f1: float
    quiet: float
    precision_interval: Interval
    recall_interval: Interval

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def watch(engine: Engine, topics: Sequence[Topic], qrels: Qrels) -> list[Watched]:
    """Ask every topic of each half of the documents."""
    names = {document.id: document.external_id for _, document in engine.all_documents()}
    watched = []
    for half in (0, 1):
        came = {one: name for one, name in names.items() if hashlib.sha256(name.encode()).digest()[0] % 2 == half}
        watched += [_watched(engine, topic, qrels, came) for topic in topics]
    return watched


def _watched(engine: Engine, topic: Topic, qrels: Qrels, came: Mapping[str, str]) -> Watched:
    request = SearchRequest(query=topic.title, k=_LOOKED_AT, among=frozenset(came), marks=False, fold=False)
    wanted = relevant(qrels, topic.id, FROM_GRADE)
    found = tuple((hit.clearness, came[hit.document.id] in wanted) for hit in engine.search(request).hits)
    return Watched(topic.id, found, len(wanted & set(came.values())))


def figures(watched: Sequence[Watched], threshold: float) -> AlertFigures:
    """What a threshold is worth, with intervals."""
    counts = np.array([_counts(one, threshold) for one in watched], dtype=np.float64)
    topics = sorted({one.topic for one in watched})
    # The two halves of a topic are one search's: they are drawn together.
    by_topic = np.array(
        [counts[[place for place, one in enumerate(watched) if one.topic == topic]].sum(axis=0) for topic in topics]
    )
    told, right, wanted = by_topic.T
    precision, recall = (float(right.sum() / max(under.sum(), 1)) for under in (told, wanted))
    silent = [alerts == 0 for one, (alerts, _, _) in zip(watched, counts, strict=True) if one.right == 0]
    both = precision + recall
    return AlertFigures(
        threshold=round(threshold, 3),
        searches=len(watched),
        alerts=float(counts[:, 0].mean()),
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / both if both else 0.0,
        quiet=float(np.mean(silent)) if silent else 1.0,
        precision_interval=ratio_bootstrap(right.tolist(), told.tolist()),
        recall_interval=ratio_bootstrap(right.tolist(), wanted.tolist()),
    )


def _counts(one: Watched, threshold: float) -> tuple[int, int, int]:
    """Alerts, right alerts, documents that should be told."""
    told = [right for clearness, right in one.found if clearness >= threshold][:MOST_MATCHES]
    return len(told), sum(told), one.right


def best(watched: Sequence[Watched], thresholds: Sequence[float]) -> float:
    """The threshold whose alerts have the best F1, the lowest of equals."""
    return max(thresholds, key=lambda one: (round(figures(watched, one).f1, 6), -one))
