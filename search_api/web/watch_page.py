"""Veille: saved searches, what is new for each, alerts."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams

from corpus.document import Document
from search_api.engine.watch.saved import Alert, Change, SavedSearch, Tally
from search_api.http.french import page_name, paged
from search_api.http.house import House, TheHouse, User
from search_api.http.routes.watch import FEED, MOST_LISTED, Analyst, TheWatching, require, save_search, told_of
from search_api.http.wire import alert_url, search_page_url
from search_api.web.address import SearchAddress
from search_api.web.rendering import TheRenderer

router = APIRouter(include_in_schema=False)

LATEST = 20
_CHANGES = {Change.NEW: "Nouveau", Change.CHANGED: "Modifié"}


@dataclass(frozen=True, slots=True)
class SearchView:
    """A saved search ready for its template."""

    saved: SavedSearch
    tally: Tally
    url: str
    here: str
    filters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert ready for its template; ``document`` is None when it was withdrawn since."""

    alert: Alert
    name: str
    change: str
    document: Document | None
    url: str
    place: str


def search_view(saved: SavedSearch, tally: Tally) -> SearchView:
    """What pages say of a saved search."""
    filters = tuple((facet, value) for facet, values in saved.request.filters.items() for value in values)
    return SearchView(saved, tally, search_page_url(saved.request), f"/veille/{saved.id}", filters)


def alert_view(alert: Alert, name: str, house: House, user: User) -> AlertView:
    """What pages say of an alert."""
    match = alert.match
    document = house.service.document(match.document_id, user.compartments)
    place = ""
    if document is not None and match.spans and paged(document.media_type, document.pages):
        place = page_name(document.media_type, match.spans[0].page, "")
    return AlertView(alert, name, _CHANGES[match.change], document, alert_url(match), place)


@router.get("/veille")
def watch_page(
    request: Request, house: TheHouse, user: Analyst, watching: TheWatching, renderer: TheRenderer
) -> Response:
    """Every saved search with how much is new, and the latest alerts."""
    told = watching.store.told(user.name, user.compartments, most=LATEST)
    names = {saved.id: saved.name for saved, _ in told.searches}
    views = [search_view(saved, tally) for saved, tally in told.searches]
    return renderer.page(
        request,
        "watch.html",
        # What is new first, then by name.
        searches=sorted(views, key=lambda view: not view.tally.unread),
        unread=sum(view.tally.unread for view in views),
        alerts=[alert_view(alert, names[alert.search], house, user) for alert in told.alerts],
        feed=FEED,
        lists=house.lists.store.lists(user.name) if house.lists is not None else None,
        by_mail=watching.mailer is not None,
    )


@router.post("/veille/recherches")
async def save(request: Request, house: TheHouse, user: Analyst, watching: TheWatching) -> Response:
    """Save the search of the results page, and show it."""
    form = await request.form()
    pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    address = SearchAddress.read(QueryParams(pairs), user.compartments)
    name = QueryParams(pairs).get("nom", "")
    saved = await run_in_threadpool(
        save_search, house, user, watching, name, address.request(house.settings.page_size), by_mail=False
    )
    return RedirectResponse(f"/veille/{saved.id}", status_code=303)


@router.get("/veille/{search_id}")
def saved_page(
    request: Request, search_id: str, house: TheHouse, user: Analyst, watching: TheWatching, renderer: TheRenderer
) -> Response:
    """One saved search: what is new since it was last opened, and all its alerts."""
    told = told_of(watching, user, search_id, most=MOST_LISTED)
    ((saved, tally),) = told.searches
    return renderer.page(
        request,
        "watch_search.html",
        view=search_view(saved, tally),
        alerts=[alert_view(alert, saved.name, house, user) for alert in told.alerts],
        compartments=[name for name in saved.request.compartments or () if name in user.compartments],
        several=len(user.compartments) > 1,
        by_mail=watching.mailer is not None,
    )


@router.post("/veille/{search_id}/lues")
def mark_read(search_id: str, user: Analyst, watching: TheWatching) -> Response:
    """The alerts of a search count as read."""
    require(watching.store.open(user.name, search_id))
    return RedirectResponse(f"/veille/{search_id}", status_code=303)


@router.post("/veille/{search_id}/reglages")
def change(
    search_id: str,
    user: Analyst,
    watching: TheWatching,
    nom: Annotated[str, Form()] = "",
    courriel: Annotated[str, Form()] = "",
) -> Response:
    """Another name, or another way of being told."""
    require(watching.store.change(user.name, search_id, name=nom, by_mail=bool(courriel)))
    return RedirectResponse(f"/veille/{search_id}", status_code=303)


@router.post("/veille/{search_id}/suppression")
def forget(search_id: str, user: Analyst, watching: TheWatching) -> Response:
    """Remove a search and its alerts."""
    require(watching.store.forget(user.name, search_id))
    return RedirectResponse("/veille", status_code=303)
