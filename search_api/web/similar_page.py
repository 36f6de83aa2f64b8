"""The documents near one document."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from search_api.http.house import TheHouse, TheUser
from search_api.http.routes.documents import find_document
from search_api.http.wire import document_page_url
from search_api.web.rendering import TheRenderer
from search_api.web.search_page import hit_view

router = APIRouter(include_in_schema=False)

SHOWN = 10


@router.get("/documents/{document_id}/similaires")
def similar_page(request: Request, document_id: str, house: TheHouse, user: TheUser, renderer: TheRenderer) -> Response:
    """The documents near one document, best first, its own versions left out."""
    document = find_document(document_id, house, user)
    hits = house.service.similar(document_id, user.compartments, SHOWN)
    coverage = house.service.coverage(user.compartments)
    return renderer.page(
        request,
        "similar.html",
        document=document,
        document_url=document_page_url(document.id),
        hits=[hit_view(hit, coverage) for hit in hits],
        compartments=user.compartments,
        coverage=coverage,
        longest=house.settings.max_query_chars,
    )
