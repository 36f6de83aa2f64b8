"""A round: after a publication, every saved search is run on what is new and changed."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from corpus.errors import ReuniError
from indexer.errors import WriterBusy
from indexer.lock import writer_lock
from search_api.engine.answer import Hit, Sort, mark
from search_api.engine.service import SearchService
from search_api.engine.watch.saved import Change, Match, SavedSearch
from search_api.engine.watch.store import WatchStore

MOST_MATCHES = 50
"""Documents that one publication can tell a search of, in one compartment: those ranked first."""
_LOOKED_AT = 200

Readable = Callable[[str], Collection[str]]
"""The compartments that an owner may read now."""

_log = logging.getLogger("reuni.watch")


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did.

    Attributes:
        publications: compartments found with a generation not seen before.
        searches: runs of a search over a compartment.
        alerts: written.
        failed: runs that could not be done; they are tried again at the next round.
        busy: True when another process was doing a round: nothing was done.
    """

    publications: int = 0
    searches: int = 0
    alerts: int = 0
    failed: int = 0
    busy: bool = False


def observe(store: WatchStore, service: SearchService, compartments: Collection[str]) -> int:
    """Write down what these compartments hold; returns how many had a generation not seen before.

    Another process may have written down a later generation than the one served here: it is taken up first, or what
    is no longer there would be taken for new.
    """
    service.catch_up()
    generations = service.coverage(tuple(compartments)).generations if compartments else {}
    unseen = [name for name, generation in generations.items() if store.observed(name) != generation]
    for name in unseen:
        store.observe(name, service.held(name))
    return len(unseen)


def run_round(store: WatchStore, service: SearchService, readable: Readable) -> Round:
    """Run every saved search on what came or changed since its last run, in what its owner may read.

    A document is told when it answers clearly by itself (:func:`search_api.engine.clarity.clearness`). Each run is
    written at once with how far it went: cut anywhere, the next round goes on from there and tells nothing twice.
    """
    try:
        with writer_lock(store.folder / "watch.lock"):
            return _round(store, service, readable)
    except WriterBusy:
        return Round(busy=True)


def _round(store: WatchStore, service: SearchService, readable: Readable) -> Round:
    served = service.compartments()
    publications = observe(store, service, served)
    runs = alerts = failed = 0
    for search in store.searches():
        allowed = set(readable(search.owner))
        for compartment in search.request.compartments or ():
            if compartment not in allowed or compartment not in served:
                continue
            try:
                told = _run(store, service, search, compartment)
            except ReuniError as error:
                failed += 1
                fields = {"search": search.id, "compartment": compartment, "error": error.message}
                _log.warning("saved_search_failed", extra={"fields": fields})
                continue
            if told is not None:
                runs, alerts = runs + 1, alerts + told
    return Round(publications, runs, alerts, failed)


def _run(store: WatchStore, service: SearchService, search: SavedSearch, compartment: str) -> int | None:
    """Run one search over one compartment; how many alerts it gave, None when nothing was published since."""
    before, after = store.position(search.id, compartment), store.latest(compartment)
    if before == after:
        return None
    changed = store.changed_since(compartment, before)
    matches: list[Match] = []
    if changed:
        request = replace(
            search.request,
            compartments=(compartment,),
            among=frozenset(changed),
            k=_LOOKED_AT,
            sort=Sort.RELEVANCE,
            marks=False,
            # Each version that comes is told, also when another of its family does.
            fold=False,
        )
        answer = service.search(request)
        generation = answer.coverage.generations[compartment]
        matches = [_match(hit, generation, changed[hit.document.id]) for hit in answer.hits if hit.clear]
    more = len(matches) > MOST_MATCHES
    return store.tell(search, compartment, (before, after), matches[:MOST_MATCHES], more=more)


def _match(hit: Hit, generation: str, change: Change) -> Match:
    return Match(
        compartment=hit.compartment,
        generation=generation,
        document_id=hit.document.id,
        # Of the document that was found: a generation later than the one observed may have answered.
        mark=mark(hit.document.version, hit.document.drop),
        change=change,
        version=hit.document.version,
        spans=hit.passage.spans,
    )
