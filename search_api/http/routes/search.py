"""Asking a question."""

from typing import Annotated

from fastapi import APIRouter, Body, Query

from search_api.http.asking import ask_in_state, search_request
from search_api.http.house import TheHouse, TheUser
from search_api.http.models import MAX_DOCUMENTS, SearchBody, SearchOut, SearchQuery, SuggestOut
from search_api.http.problems import documented
from search_api.http.wire import search_out

router = APIRouter(prefix="/api/v1", tags=["Recherche (analyste)"])

_POST_EXAMPLES = {
    "a sentence": {
        "summary": "A question in plain French",
        "value": {"q": "qui peut signer un avenant à la convention de délégation ?", "k": 5},
    },
    "filtered": {
        "summary": "Only notes and conventions, newest first, with explanations",
        "value": {
            "q": "délégation de gestion",
            "filters": {"kind": ["note", "convention"]},
            "sort": "newest",
            "explain": True,
        },
    },
    "passages": {
        "summary": "The three best passages of each document",
        "value": {"q": "délégation de gestion", "passages": 3},
    },
}


@router.get("/search", summary="Search by URL", responses=documented(404, 409, 413, 422, 429, 500, 503))
def search_by_url(asked: Annotated[SearchQuery, Query()], house: TheHouse, user: TheUser) -> SearchOut:
    """Rank the documents that answer `q`; the URL is the permalink of the search.

    Paging is stable within a state of the collection: follow `next`, which carries `state`.
    """
    answer = ask_in_state(search_request(asked, house, user), asked.state, house, user)
    return search_out(answer, last=MAX_DOCUMENTS)


@router.post("/search", summary="Search by JSON", responses=documented(400, 404, 409, 413, 422, 429, 500, 503))
def search_by_body(
    asked: Annotated[SearchBody, Body(openapi_examples=_POST_EXAMPLES)],
    house: TheHouse,
    user: TheUser,
) -> SearchOut:
    """The same search, for questions that should not stand in a URL (and its logs)."""
    answer = ask_in_state(search_request(asked, house, user), asked.state, house, user)
    return search_out(answer, last=MAX_DOCUMENTS)


@router.get("/suggest", summary="Complete what is being typed", responses=documented(422, 429, 500, 503))
def suggest(
    house: TheHouse,
    user: TheUser,
    q: Annotated[str, Query(max_length=200, description="What was typed so far.", examples=["délég"])],
) -> SuggestOut:
    """Terms and titles of the collection that start with, or contain, what was typed."""
    if not q.strip():
        return SuggestOut(suggestions=[])
    return SuggestOut(suggestions=list(house.service.suggest(q, user.compartments)))
