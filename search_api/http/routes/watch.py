"""Saved searches, and what they were told after each publication."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from search_api.engine.answer import SearchRequest
from search_api.engine.watch.rounds import observe
from search_api.engine.watch.saved import Alert, SavedSearch, Tally, Told
from search_api.http.asking import check_query, coverage_of
from search_api.http.feed import alerts_feed
from search_api.http.house import House, Role, TheHouse, User, requires
from search_api.http.models import PageSpan
from search_api.http.problems import ProblemError, absent, documented
from search_api.http.watch_models import (
    AlertOut,
    AlertsOut,
    SavedSearchChange,
    SavedSearchesOut,
    SavedSearchIn,
    SavedSearchOut,
)
from search_api.http.watching import Watching
from search_api.http.wire import alert_url, document_out, search_page_url

router = APIRouter(tags=["Veille (analyste)"])

MOST_LISTED = 200
FEED = "/veille/flux.atom"

Analyst = Annotated[User, Depends(requires(Role.ANALYST))]
SearchId = Annotated[str, Path(max_length=64, description="As given when it was saved.", examples=["9f2c41d07be12d44"])]


def watching_of(house: TheHouse) -> Watching:
    """The saved searches, or the problem that there is nowhere to keep them."""
    if house.watching is None:
        raise ProblemError(
            503,
            "nowhere-to-save",
            "Ce serveur n’a pas de dossier où garder les recherches.",
            remedy="Lancez-le par « reuni serve », qui lui en donne un.",
        )
    return house.watching


TheWatching = Annotated[Watching, Depends(watching_of)]


def save_search(
    house: House, user: User, watching: Watching, name: str, request: SearchRequest, by_mail: bool
) -> SavedSearch:
    """Keep a search for its owner; what is there now is not new for it."""
    check_query(request.query, house.settings.max_query_chars, filtered=bool(request.filters))
    named = tuple(coverage_of(house, user, request.compartments or ()).generations)
    observe(watching.store, house.service, named)
    return watching.store.save(user.name, name, replace(request, compartments=named), by_mail=by_mail)


def told_of(watching: Watching, user: User, search_id: str, *, most: int = 0) -> Told:
    """What one search of the caller was told, its ``most`` latest alerts at most; see :func:`require`."""
    told = watching.store.told(user.name, user.compartments, search_id=search_id, most=most)
    require(bool(told.searches))
    return told


def require(found: bool) -> None:
    """Refuse what is asked of a search that was not found, by words that say the same whether it is absent or
    somebody else's."""
    if not found:
        raise absent(
            "Vous n’avez pas de recherche enregistrée à cette adresse.",
            "Elle a pu être supprimée : voyez la page Veille.",
        )


def _search_out(saved: SavedSearch, user: User, tally: Tally) -> SavedSearchOut:
    request = saved.request
    return SavedSearchOut(
        id=saved.id,
        name=saved.name,
        q=request.query,
        channel=request.channel,
        sort=request.sort,
        literal=list(request.literal),
        filters={facet: list(values) for facet, values in request.filters.items()},
        compartments=[name for name in request.compartments or () if name in user.compartments],
        by_mail=saved.by_mail,
        created_at=saved.created_at,
        opened_at=saved.opened_at,
        unread=tally.unread,
        alerts=tally.alerts,
        more=tally.more,
        url=f"/api/v1/watch/searches/{saved.id}",
        page_url=search_page_url(request),
    )


def _read(watching: Watching, user: User, search_id: str) -> SavedSearchOut:
    ((saved, tally),) = told_of(watching, user, search_id).searches
    return _search_out(saved, user, tally)


def _alert_out(alert: Alert, house: House, user: User) -> AlertOut:
    match = alert.match
    document = house.service.document(match.document_id, user.compartments)
    return AlertOut(
        id=alert.id,
        search=alert.search,
        change=match.change,
        made_at=alert.made_at,
        unread=alert.unread,
        compartment=match.compartment,
        generation=match.generation,
        document_id=match.document_id,
        version=match.version,
        spans=[PageSpan(page=span.page, start=span.start, end=span.end) for span in match.spans],
        document=document_out(document) if document else None,
        page_url=alert_url(match) if document else None,
    )


@router.get("/api/v1/watch/searches", summary="List the saved searches", responses=documented(403, 422, 429, 500, 503))
def list_searches(user: Analyst, watching: TheWatching) -> SavedSearchesOut:
    """The caller's searches by name, each with how much is new since it was last opened."""
    told = watching.store.told(user.name, user.compartments, most=0)
    return SavedSearchesOut(searches=[_search_out(saved, user, tally) for saved, tally in told.searches])


@router.post(
    "/api/v1/watch/searches",
    summary="Save a search",
    status_code=201,
    responses=documented(400, 403, 404, 409, 413, 422, 429, 500, 503),
)
def create_search(
    asked: Annotated[SavedSearchIn, Body()], house: TheHouse, user: Analyst, watching: TheWatching
) -> SavedSearchOut:
    """Keep a search under a name; after each publication it is run on what came and changed."""
    request = SearchRequest(
        query=asked.q,
        channel=asked.channel,
        compartments=tuple(dict.fromkeys(asked.compartments)),
        filters={facet: tuple(dict.fromkeys(values)) for facet, values in asked.filters.items() if values},
        sort=asked.sort,
        literal=tuple(asked.literal),
    )
    return _read(watching, user, save_search(house, user, watching, asked.name, request, asked.by_mail).id)


@router.get(
    "/api/v1/watch/searches/{search_id}",
    summary="Read a saved search",
    responses=documented(403, 404, 422, 429, 500, 503),
)
def read_search(search_id: SearchId, user: Analyst, watching: TheWatching) -> SavedSearchOut:
    """One search and how much is new since it was last opened."""
    return _read(watching, user, search_id)


@router.patch(
    "/api/v1/watch/searches/{search_id}",
    summary="Rename a saved search",
    responses=documented(400, 403, 404, 409, 413, 422, 429, 500, 503),
)
def change_search(
    search_id: SearchId, asked: Annotated[SavedSearchChange, Body()], user: Analyst, watching: TheWatching
) -> SavedSearchOut:
    """Give it another name, or have its alerts sent by e-mail or not."""
    require(watching.store.change(user.name, search_id, name=asked.name, by_mail=asked.by_mail))
    return _read(watching, user, search_id)


@router.delete(
    "/api/v1/watch/searches/{search_id}",
    summary="Forget a saved search",
    status_code=204,
    responses=documented(403, 404, 422, 429, 500, 503),
)
def forget_search(search_id: SearchId, user: Analyst, watching: TheWatching) -> Response:
    """Remove a search and its alerts."""
    require(watching.store.forget(user.name, search_id))
    return Response(status_code=204)


@router.post(
    "/api/v1/watch/searches/{search_id}/open",
    summary="Say that what is new was read",
    responses=documented(403, 404, 422, 429, 500, 503),
)
def open_search(search_id: SearchId, user: Analyst, watching: TheWatching) -> SavedSearchOut:
    """Its alerts count as read from now on."""
    require(watching.store.open(user.name, search_id))
    return _read(watching, user, search_id)


@router.get("/api/v1/watch/alerts", summary="List the alerts", responses=documented(403, 404, 422, 429, 500, 503))
def list_alerts(
    house: TheHouse,
    user: Analyst,
    watching: TheWatching,
    search: Annotated[str | None, Query(max_length=64, description="Of this saved search only.")] = None,
    most: Annotated[int, Query(ge=1, le=MOST_LISTED, description="How many are wanted.")] = 50,
) -> AlertsOut:
    """What the caller's searches were told, latest first."""
    if search is not None:
        told = told_of(watching, user, search, most=most)
    else:
        told = watching.store.told(user.name, user.compartments, most=most)
    return AlertsOut(alerts=[_alert_out(alert, house, user) for alert in told.alerts])


@router.get(
    FEED,
    summary="Follow the alerts in a feed reader",
    response_class=Response,
    responses={
        200: {"description": "Atom (RFC 4287).", "content": {"application/atom+xml": {}}},
        **documented(403, 422, 429, 500, 503),
    },
)
def feed(request: Request, house: TheHouse, user: Analyst, watching: TheWatching) -> Response:
    """The latest alerts of the caller's searches."""
    told = watching.store.told(user.name, user.compartments, most=100)
    names = {saved.id: saved.name for saved, _ in told.searches}
    entries = [
        (alert, names[alert.search], house.service.document(alert.match.document_id, user.compartments))
        for alert in told.alerts
    ]
    body = alerts_feed(user.name, entries, origin=str(request.base_url).rstrip("/"), address=FEED)
    return Response(body, media_type="application/atom+xml; charset=utf-8")
