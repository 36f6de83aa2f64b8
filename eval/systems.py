"""The systems that are measured and pooled side by side: channels of the engine, with or without other weights."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.runs import Scored, Searcher
from search_api.engine.answer import Channel, SearchRequest
from search_api.engine.fusion import Weights
from search_api.engine.search import Engine


@dataclass(frozen=True, slots=True)
class System:
    """One way to rank.

    Attributes:
        name: in runs and reports, in French.
        weights: where they are not those in use.
        described: for people who read a report.
    """

    name: str
    channel: Channel
    weights: Weights | None
    described: str


SYSTEMS = {
    "lexical": System("mots", Channel.LEXICAL, None, "BM25 seul"),
    "dense": System("sens", Channel.DENSE, None, "un vecteur par passage, modèle multilingue, seul"),
    "fusion": System(
        "fusion",
        Channel.HYBRID,
        Weights(lexical=0.5, dense=0.5, late=0.0),
        "les deux à parts égales, sans interaction tardive",
    ),
    "late": System(
        "interaction tardive",
        Channel.HYBRID,
        # Words and meaning choose what is read, and count for nothing afterwards.
        Weights(lexical=0.25e-6, dense=0.3e-6, late=1.0),
        "la comparaison mot à mot seule, sur les candidats des deux autres",
    ),
    "hybrid": System(
        "hybride",
        Channel.HYBRID,
        None,
        "mots, sens et interaction tardive, avec les réglages en service : ce que voit l’utilisateur",
    ),
}
"""By the name the command line gives them; the last is what users get."""

REPORTED = tuple(SYSTEMS[name] for name in ("lexical", "dense", "fusion", "hybrid"))
"""Those that reports compare: the first is the reference, the last what users get."""


def once(search: Searcher) -> Searcher:
    """``search``, which remembers what it found."""
    found: dict[tuple[str, int], Sequence[Scored]] = {}

    def remembered(query: str, k: int, /) -> Sequence[Scored]:
        if (query, k) not in found:
            found[query, k] = search(query, k)
        return found[query, k]

    return remembered


def searcher(engine: Engine, channel: Channel, compartments: Sequence[str] | None = None) -> Searcher:
    """An engine's channel as a system to measure: external ids and scores.

    Versions are not folded: each document has its judgment.
    """

    def search(query: str, k: int, /) -> Sequence[Scored]:
        request = SearchRequest(
            query=query,
            k=k,
            channel=channel,
            compartments=tuple(compartments) if compartments else None,
            marks=False,
            fold=False,
        )
        return [(hit.document.external_id, hit.score) for hit in engine.search(request).hits]

    return search
