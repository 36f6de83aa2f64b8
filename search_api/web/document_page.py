"""The document page: a document's text, opened at a passage."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from search_api.engine.finding import find_inside
from search_api.http.house import TheHouse, TheUser
from search_api.http.routes.documents import find_document
from search_api.http.wire import document_page_url
from search_api.web.marks import WEAK_OCR
from search_api.web.reading import Place, quotation, read_document
from search_api.web.rendering import TheRenderer

router = APIRouter(include_in_schema=False)


@router.get("/documents/{document_id}")
def document_page(
    request: Request, document_id: str, house: TheHouse, user: TheUser, renderer: TheRenderer
) -> Response:
    """A document's text, opened at a passage."""
    document = find_document(document_id, house, user)
    place = Place.read(request.query_params)
    wanted = request.query_params.get("page", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 7 else None
    pages = house.service.documents.pages(document_id, user.compartments)
    findings = find_inside(pages, request.query_params.get("dans", ""))
    reading = read_document(document, pages, place, number, findings)
    kept = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name in {"q", "passage", "version", "texte", "marques"}
    ]
    inside = [("dans", findings.words)] if findings.words.strip() else []

    def at_page(target: int) -> str:
        pairs = [*kept, *inside, ("page", str(target))]
        return f"{document_page_url(document.id)}?{urlencode(pairs, safe=':,')}#page-{target}"

    query = request.query_params.get("q", "")
    return renderer.page(
        request,
        "document.html",
        reading=reading,
        citation=quotation(reading, pages, str(request.base_url)),
        document=document,
        query=query,
        back=f"/?{urlencode({'q': query})}" if query.strip() else "/",
        at_page=at_page,
        kept=kept,
        inside=inside,
        findings=findings,
        weak_ocr=WEAK_OCR,
        here=document_page_url(document.id),
        longest=house.settings.max_query_chars,
    )
