"""Filling the pools: the first documents of several systems, each with one passage chosen alike for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.evaluation import Progress
from eval.pool import Contribution, contributions, pool
from eval.runs import Run, Scored, Searcher, make_run
from eval.topics import Topic
from search_api.engine.answer import SearchRequest
from search_api.engine.judging import PassagePlace
from search_api.engine.search import DEEPEST, Engine


@dataclass(frozen=True, slots=True)
class Filled:
    """What several systems found for the topics.

    Attributes:
        found: topic numbers and documents.
        contributions: of each run.
        missing: external ids of runs that the compartments do not hold.
    """

    found: tuple[tuple[str, PassagePlace], ...]
    contributions: tuple[Contribution, ...]
    missing: tuple[str, ...]


def fill(
    engine: Engine,
    topics: Sequence[Topic],
    runs: Sequence[Run],
    compartments: Sequence[str],
    depth: int,
    progress: Progress | None = None,
) -> Filled:
    """Pool ``runs`` to ``depth`` for ``topics``, and find for each document the passage to read first.

    That passage is the one ``engine`` finds nearest to the topic, whichever system brought the document: a passage
    chosen by each system would tell which one it was. A document that the engine does not rank is to be read whole.
    """
    wanted = [topic for topic in topics if any(topic.id in run.rankings for run in runs)]
    kept = [Run(run.name, {t.id: run.rankings.get(t.id, ()) for t in wanted}) for run in runs]
    pooled = pool(kept, depth)
    known: dict[str, list[PassagePlace]] = {}
    for compartment, document in engine.all_documents(tuple(compartments)):
        place = PassagePlace(compartment, document.id, document.external_id, document.version, ())
        known.setdefault(document.external_id, []).append(place)
    found: list[tuple[str, PassagePlace]] = []
    missing: set[str] = set()
    for done, topic in enumerate(wanted, start=1):
        nearest = _nearest(engine, topic.title, compartments)
        missing |= pooled[topic.id] - known.keys()
        for name in pooled[topic.id] & known.keys():
            places = known[name]
            found += [(topic.id, nearest.get((place.compartment, place.document_id), place)) for place in places]
        if progress:
            progress(done, len(wanted))
    return Filled(tuple(found), contributions(kept, depth), tuple(sorted(missing)))


def first_documents(
    name: str, search: Searcher, topics: Sequence[Topic], depth: int, progress: Progress | None = None
) -> Run:
    """What ``search`` puts first for each topic; of two documents of one name, in two compartments, the better."""
    found: dict[str, list[Scored]] = {}
    for done, topic in enumerate(topics, start=1):
        best: dict[str, float] = {}
        for document, score in search(topic.title, depth):
            best[document] = max(score, best.get(document, score))
        found[topic.id] = list(best.items())
        if progress:
            progress(done, len(topics))
    return make_run(name, found)


def _nearest(engine: Engine, query: str, compartments: Sequence[str]) -> dict[tuple[str, str], PassagePlace]:
    request = SearchRequest(query=query, k=DEEPEST, compartments=tuple(compartments), marks=False, fold=False)
    return {
        (hit.compartment, hit.document.id): PassagePlace(
            hit.compartment, hit.document.id, hit.document.external_id, hit.document.version, hit.passage.spans
        )
        for hit in engine.search(request).hits
    }
