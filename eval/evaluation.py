"""One system asked every topic, timed and measured."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpus.errors import InputError
from eval.measures import by_category, condensed, means, per_topic, standard
from eval.qrels import Qrels, relevant
from eval.runs import Run, Scored, Searcher, make_run
from eval.topics import Topic

CONTRACT = ("ndcg@10", "mrr@10", "recall@100", "success@1", "success@5")
"""Keys of the summary that scripts rely on, besides the timings."""

Progress = Callable[[int, int], None]
"""Called with how many topics are done and how many there are."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """How a run behaves where the collection holds no answer.

    Attributes:
        topics: how many such topics were asked.
        silent: how many got an empty ranking.
        separation: probability that a topic with an answer has a higher best score than one without,
            ties counting half (the area under the ROC curve); None when either kind is missing. 0.5: the
            scores say nothing about it.
    """

    topics: int
    silent: int
    separation: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A run and what it is worth.

    Attributes:
        scores: measure to topic to value, over the topics that have an answer.
        summary: means of ``scores``, then ``topics``, ``p50_ms`` and ``p95_ms`` (0.0 when not timed).
        categories: means by category of topic.
    """

    run: Run
    scores: Mapping[str, Mapping[str, float]]
    summary: dict[str, float]
    categories: Mapping[str, Mapping[str, float]]
    no_answer: NoAnswer

    def as_dict(self) -> dict[str, Any]:
        """The summary and the rest as plain JSON values, without the per-topic values."""
        return {
            **self.summary,
            "categories": {name: dict(values) for name, values in self.categories.items()},
            "no_answer": {
                "topics": self.no_answer.topics,
                "silent": self.no_answer.silent,
                "separation": self.no_answer.separation,
            },
            "provenance": dict(self.run.provenance),
        }


def measure(
    searcher: Searcher,
    topics: Sequence[Topic],
    qrels: Qrels,
    k: int = 100,
    *,
    name: str = "reuni",
    provenance: Mapping[str, Any] | None = None,
    from_grade: int = 1,
    progress: Progress | None = None,
) -> Evaluation:
    """Ask ``searcher`` every topic's title for ``k`` documents, time each call, and measure the run.

    Args:
        from_grade: the lowest grade that counts as relevant for measures without grades.

    Raises:
        InputError: no topic at all, no topic with an answer, or an answer that is not a ranking.
    """
    results: dict[str, Sequence[Scored]] = {}
    milliseconds: list[float] = []
    for done, topic in enumerate(topics, start=1):
        started = time.perf_counter()
        results[topic.id] = searcher(topic.title, k)
        milliseconds.append((time.perf_counter() - started) * 1000)
        if progress:
            progress(done, len(topics))
    run = make_run(name, {topic: found[:k] for topic, found in results.items()}, provenance)
    return evaluate(run, topics, qrels, from_grade=from_grade, milliseconds=milliseconds)


def evaluate(
    run: Run,
    topics: Sequence[Topic],
    qrels: Qrels,
    *,
    from_grade: int = 1,
    milliseconds: Sequence[float] = (),
) -> Evaluation:
    """Measure a run that exists already.

    A topic counts among those with an answer when at least one document is judged relevant for it,
    and among those without when it says so. A topic that claims an answer but has no relevant document
    in ``qrels`` was not judged (another split, another collection): it is not measured, and
    ``unjudged_topics`` counts it.

    Raises:
        InputError: no topic has an answer.
    """
    answered = [topic for topic in topics if topic.answerable and relevant(qrels, topic.id, from_grade)]
    unanswerable = [topic for topic in topics if not topic.answerable]
    if not answered:
        raise InputError(
            "Aucun des sujets n'a de document jugé pertinent : il n'y a rien à mesurer",
            remedy="Vérifiez que les jugements sont ceux de ces sujets et de cette collection",
        )
    measures = [*standard(from_grade), *condensed(from_grade)]
    scores = per_topic(run, qrels, [topic.id for topic in answered], measures)
    summary = means(scores) | {
        "topics": len(answered),
        "unjudged_topics": len(topics) - len(answered) - len(unanswerable),
        "p50_ms": _percentile(milliseconds, 50),
        "p95_ms": _percentile(milliseconds, 95),
    }
    categories = {topic.id: topic.category for topic in answered if topic.category}
    return Evaluation(run, scores, summary, by_category(scores, categories), _no_answer(run, answered, unanswerable))


def _percentile(values: Sequence[float], percent: float) -> float:
    return float(np.percentile(values, percent)) if values else 0.0


def _no_answer(run: Run, answered: Sequence[Topic], unanswerable: Sequence[Topic]) -> NoAnswer:
    def best(topics: Sequence[Topic]) -> np.ndarray[Any, np.dtype[np.float64]]:
        # A topic that got nothing at all is the surest "no answer" there is.
        return np.array([next((s for _, s in run.rankings.get(t.id, ())), -np.inf) for t in topics])

    separation = None
    if answered and unanswerable:
        with_answer, without = best(answered)[:, None], best(unanswerable)[None, :]
        separation = float(np.mean((with_answer > without) + 0.5 * (with_answer == without)))
    silent = sum(not run.rankings.get(topic.id) for topic in unanswerable)
    return NoAnswer(len(unanswerable), silent, separation)
