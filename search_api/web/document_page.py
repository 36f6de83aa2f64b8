"""The document page: a document opened at a passage; and the page of what changed in it."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from corpus.anchors import Fate
from search_api.http.document_wire import original_url, with_surroundings
from search_api.http.house import TheHouse, TheUser
from search_api.http.routes.documents import find_record
from search_api.http.routes.versions import compared
from search_api.http.wire import document_page_url
from search_api.web.document_address import DocumentAddress
from search_api.web.marks import WEAK_OCR
from search_api.web.opening import open_document
from search_api.web.reading import quotation
from search_api.web.rendering import TheRenderer

router = APIRouter(include_in_schema=False)


def differences_url(document_id: str, **named: str) -> str:
    """The page of what changed, for people; ``ancienne``, ``nouvelle`` and ``avec`` as its URL names them."""
    return f"{document_page_url(document_id)}/differences?{urlencode(named)}"


@router.get("/documents/{document_id}")
def document_page(
    request: Request, document_id: str, house: TheHouse, user: TheUser, renderer: TheRenderer
) -> Response:
    """A document, opened at a passage: the page as it is printed, its text beside it, what is known of it."""
    record = find_record(document_id, house, user)
    address = DocumentAddress.read(document_id, request.query_params)
    opened = open_document(record, address, house, user)
    return renderer.page(
        request,
        "document.html",
        record=record,
        document=record.document,
        address=address,
        opened=opened,
        findings=opened.findings,
        fates=Fate,
        citation=quotation(record.document, opened.spans, opened.read, str(request.base_url)),
        original=original_url(document_id, record.document.version),
        document_url=document_page_url,
        differences_url=differences_url,
        original_url=original_url,
        similar=f"{document_page_url(document_id)}/similaires",
        weak_ocr=WEAK_OCR,
        longest=house.settings.max_query_chars,
    )


@router.get("/documents/{document_id}/differences")
def differences_page(
    request: Request, document_id: str, house: TheHouse, user: TheUser, renderer: TheRenderer
) -> Response:
    """What changed between two versions of a document, or between it and a near-duplicate."""
    params = request.query_params
    # Digits that are no version's are told as a version that is not there, as by the API.
    old, new, other = (params.get(name, "")[:200] for name in ("ancienne", "nouvelle", "avec"))
    older, newer, found = compared(document_id, old, new, other, house, user)
    record = find_record(document_id, house, user)
    whole = params.get("tout") == "1"
    return renderer.page(
        request,
        "differences.html",
        document=newer,
        older=older,
        versions={one.sha256: one for one in record.versions},
        changed=sum(one.changed for one in found),
        paragraphs=found if whole else with_surroundings(found),
        whole=whole,
        other_view=differences_url(
            document_id, ancienne=old, nouvelle=new, avec=other, **({} if whole else {"tout": "1"})
        ),
        document_url=document_page_url,
        same_document=older.id == newer.id,
    )
