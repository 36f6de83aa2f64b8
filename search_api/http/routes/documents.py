"""Reading a document."""

from typing import Annotated

from fastapi import APIRouter, Path

from corpus.document import Document
from search_api.http.house import House, TheHouse, TheUser, User
from search_api.http.models import DocumentOut, PageOut
from search_api.http.problems import ProblemError, documented
from search_api.http.wire import document_out, page_out

router = APIRouter(prefix="/api/v1/documents", tags=["Documents (analyste)"])

DocumentId = Annotated[
    str, Path(max_length=200, description="As given by a search.", examples=["4b1f0c9a7be12d448810"])
]


def find_document(document_id: str, house: House, user: User) -> Document:
    """The document, or the 404 that says the same whether it is absent or not for the caller."""
    document = house.service.document(document_id, user.compartments)
    if document is None:
        raise ProblemError(
            404,
            "not-found",
            "Ce document n’est pas dans le fonds que vous pouvez lire.",
            remedy="Il a pu être retiré : relancez la recherche.",
        )
    return document


@router.get("/{document_id}", summary="Describe a document", responses=documented(404, 422, 429, 500, 503))
def read_document(document_id: DocumentId, house: TheHouse, user: TheUser) -> DocumentOut:
    """What is known of one document."""
    return document_out(find_document(document_id, house, user))


@router.get("/{document_id}/pages/{number}", summary="Read a page", responses=documented(404, 422, 429, 500, 503))
def read_page(
    document_id: DocumentId,
    number: Annotated[int, Path(ge=1, le=1_000_000, description="1 for the first page.", examples=[1])],
    house: TheHouse,
    user: TheUser,
) -> PageOut:
    """The text of one page and its blocks; offsets of passages and highlights point into it."""
    document = find_document(document_id, house, user)
    for page in house.service.pages(document_id, user.compartments):
        if page.number == number:
            return page_out(document, page)
    raise ProblemError(
        404,
        "page-not-found",
        f"Ce document n’a pas de page {number}.",
        remedy=f"Il en a {document.pages}.",
    )
