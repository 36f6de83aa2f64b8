"""Running a watch-list: each item looked for to the letter, then by meaning."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from pathlib import Path

from corpus.document import Page
from corpus.errors import InputError
from search_api.engine.answer import Channel, Hit, SearchRequest, mark
from search_api.engine.drops.desk import Launch
from search_api.engine.jobs import Job, JobKind, JobStore
from search_api.engine.service import SearchService
from search_api.engine.watch.list_file import ListItem
from search_api.engine.watch.lists import Finding, How, ListState, ListStore, WatchList, removed

MOST_EXACT = 200
"""Documents kept of one item, found to the letter; :data:`MOST_NEAR` by meaning."""
MOST_NEAR = 20
_MOST_PAGES = 20
_STAGE = "Recherche des entrées de la liste"
_SIGNS = re.compile(r'["«»“”+*():~\[\]]|\s-')
_CONDITIONS = re.compile(r"\b(ET|OU|SAUF)\b")


class ListDesk:
    """The watch-lists of a data directory, for those who run them; ``launch`` has a job done by another process."""

    def __init__(self, data: Path, jobs: JobStore, launch: Launch) -> None:
        self.store = ListStore(data)
        self.jobs = jobs
        self._launch = launch

    def run(self, owner: str, watched: WatchList) -> Job:
        """Have a list run.

        Raises:
            Conflict: a list is running.
        """
        params = {"list": watched.id}
        alone = (JobKind.WATCH_LIST,)
        job = self.jobs.add(JobKind.WATCH_LIST, owner, f"liste {watched.name}", params, alone_among=alone)
        self.store.given_to(watched.id, job.id)
        self._launch(job.id)
        return job

    def read(self, watched: WatchList, compartments: Collection[str]) -> tuple[ListState, Job | None] | None:
        """A list as it is now with what was found for it in these compartments, and the last job that ran it, if it is
        remembered; None when it was removed. The job is read first: what a job that has ended found is there."""
        job = self.jobs.job(watched.job) if watched.job else None
        state = self.store.state(watched.owner, watched.id, compartments)
        return None if state is None else (state, job)


def do_list_job(
    jobs: JobStore, store: ListStore, job_id: str, service: SearchService, readable: Collection[str]
) -> None:
    """Do a job that runs a watch-list, in what its owner may read: what the other process runs.

    Raises:
        InputError: there is no such job.
        Missing: its list was removed, before or meanwhile.
        Conflict: it is not waiting.
    """
    job = jobs.job(job_id)
    if job is None or job.kind is not JobKind.WATCH_LIST:
        raise InputError(f"il n’y a pas de travail « {job_id} »", remedy="Voyez la page Veille")
    with jobs.working(job_id) as work:
        watched = store.get(job.owner, job.params["list"])
        if watched is None:
            raise removed()
        served = service.compartments()
        opened = tuple(name for name in watched.compartments if name in readable and name in served)
        run, items, total = store.begin(watched.id)
        for done, item in enumerate(items, start=total - len(items)):
            work.progress(_STAGE, done, total)
            store.write(watched.id, run, item, look_for(service, item, opened) if opened else ())
        store.finish(watched.id, run)
        state = store.state(job.owner, watched.id, opened)
        if state is None:
            raise removed()
        new = sum(cell.new for cell in state.cells)
        work.result = {"items": len(state.items), "documents": len(state.cells), "new": new}


def look_for(service: SearchService, item: ListItem, compartments: tuple[str, ...]) -> list[Finding]:
    """The documents that bear the item's name, a variant or its identifier, and those near it in meaning."""
    names = (item.name, *item.variants)
    asked = [f'"{_plain(name)}"' for name in names] + ([item.identifier] if item.identifier else [])
    exact = SearchRequest(
        query=" OU ".join(asked) if len(asked) > 1 else f"+{asked[0]}",
        k=MOST_EXACT,
        channel=Channel.LEXICAL,
        compartments=compartments,
        marks=False,
        fold=False,
    )
    found = [_finding(hit, How.EXACT, _pages(service, hit, names)) for hit in service.search(exact).hits]
    held = {one.document_id for one in found}
    near = SearchRequest(
        query=_plain(f"{item.name} {item.note}"), k=MOST_NEAR, compartments=compartments, marks=False, fold=False
    )
    hits = (hit for hit in service.search(near).hits if hit.clear and hit.document.id not in held)
    return [*found, *(_finding(hit, How.MEANING, ()) for hit in hits)]


def _finding(hit: Hit, how: How, pages: tuple[int, ...]) -> Finding:
    return Finding(
        compartment=hit.compartment,
        document_id=hit.document.id,
        how=how,
        mark=mark(hit.document.version, hit.document.drop),
        version=hit.document.version,
        spans=hit.passage.spans,
        pages=pages,
    )


def _pages(service: SearchService, hit: Hit, names: Sequence[str]) -> tuple[int, ...]:
    """The pages that bear one of the names, the first ones; that of the passage when they are written otherwise."""
    patterns = [r"\W+".join(map(re.escape, re.findall(r"\w+", _flat(name)))) for name in names]
    anywhere = re.compile("|".join(rf"\b(?:{pattern})\b" for pattern in patterns if pattern))
    pages: Sequence[Page] = service.documents.pages(hit.document.id, (hit.compartment,), hit.document.version)
    bearing = [page.number for page in pages if anywhere.search(_flat(page.text))]
    return tuple(bearing[:_MOST_PAGES]) or (hit.passage.page,)


def _flat(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _plain(text: str) -> str:
    """Words alone: what a query would take for a sign or a condition is made plain."""
    return " ".join(_CONDITIONS.sub(lambda found: found[0].lower(), _SIGNS.sub(" ", text)).split())
