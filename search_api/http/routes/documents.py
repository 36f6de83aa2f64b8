"""Reading a document: what is known of it, its pages, its passages, its file."""

import re
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse, Response

from corpus.document import Document, Page
from search_api.engine.record import Record
from search_api.http.document_models import PassagesOut, RecordOut
from search_api.http.document_wire import passage_text_out, record_out
from search_api.http.house import House, TheHouse, TheUser, User
from search_api.http.models import HitOut, PageOut
from search_api.http.problems import ProblemError, absent, documented
from search_api.http.wire import hit_out, page_out

router = APIRouter(prefix="/api/v1/documents", tags=["Documents (analyste)"])

DocumentId = Annotated[
    str, Path(max_length=200, description="As given by a search.", examples=["4b1f0c9a7be12d448810"])
]
PageNumber = Annotated[int, Path(ge=1, le=1_000_000, description="1 for the first page.", examples=[1])]
VersionDigits = Annotated[
    str,
    Query(
        max_length=64,
        pattern=r"^([0-9a-f]{8,64})?$",
        description="First digits of a version's SHA-256, 8 at least; the current version without it.",
        examples=["9f86d081884c"],
    ),
]
_UNSAFE = re.compile(r'[^\w.() +-]|[\x00-\x1f\x7f"\\]')


def find_document(document_id: str, house: House, user: User) -> Document:
    """The document, or the refusal that says the same whether it is absent or not for the caller.

    Of a document that was withdrawn from what the caller may read, it is said that it was (410).
    """
    document = house.service.document(document_id, user.compartments)
    if document is not None:
        return document
    drop = house.service.documents.withdrawn_by(document_id, user.compartments)
    if drop is not None:
        raise ProblemError(
            410,
            "withdrawn",
            f"Ce document a été retiré du fonds par le versement « {drop} ».",
            remedy="Cherchez s’il y figure sous un autre nom.",
        )
    raise absent(
        "Ce document n’est pas dans le fonds que vous pouvez lire.", "Il a pu être retiré : relancez la recherche."
    )


def find_record(document_id: str, house: House, user: User) -> Record:
    """What is known of a document, or the refusal of :func:`find_document`."""
    find_document(document_id, house, user)
    record = house.service.documents.record(document_id, user.compartments)
    if record is None:
        # Withdrawn between the two questions.
        find_document(document_id, house, user)
        raise ProblemError(409, "collection-changed", "La collection vient de changer.", remedy="Recommencez.")
    return record


def find_version(document_id: str, digits: str, house: House, user: User) -> str:
    """The whole SHA-256 of a version named by its first digits, of the current one for ""."""
    if not digits:
        return find_document(document_id, house, user).version
    version = find_record(document_id, house, user).version(digits)
    if version is None:
        raise ProblemError(
            404,
            "version-not-found",
            "Ce document n’a pas de telle version.",
            remedy="Voyez ses versions dans sa fiche.",
        )
    return version.sha256


def find_page(document_id: str, number: int, version: str, house: House, user: User) -> Page:
    """One page of a version, or the 404 that says how many there are."""
    page = house.service.documents.page(document_id, number, user.compartments, version)
    if page is None:
        document = find_document(document_id, house, user)
        raise ProblemError(
            404,
            "page-not-found",
            f"Ce document n’a pas de page {number}.",
            remedy=f"Il en a {document.pages}.",
        )
    return page


@router.get("/{document_id}", summary="Describe a document", responses=documented(404, 409, 410, 422, 429, 500, 503))
def read_document(document_id: DocumentId, house: TheHouse, user: TheUser) -> RecordOut:
    """What is known of one document: metadata with their origins, versions, near-duplicates, what holds it and what
    it holds.
    """
    return record_out(find_record(document_id, house, user))


@router.get(
    "/{document_id}/pages/{number}",
    summary="Read a page",
    responses=documented(404, 409, 410, 422, 429, 500, 503),
)
def read_page(
    document_id: DocumentId, number: PageNumber, house: TheHouse, user: TheUser, version: VersionDigits = ""
) -> PageOut:
    """The text of one page and its blocks; offsets of passages and highlights point into it."""
    known = find_version(document_id, version, house, user)
    page = find_page(document_id, number, known, house, user)
    return page_out(document_id, known, page)


@router.get(
    "/{document_id}/passages",
    summary="Read the passages",
    responses=documented(404, 410, 422, 429, 500, 503),
)
def read_passages(
    document_id: DocumentId,
    house: TheHouse,
    user: TheUser,
    k: Annotated[int, Query(ge=1, le=500, description="How many are wanted.")] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="How many to pass over first.")] = 0,
) -> PassagesOut:
    """The document cut as it is searched, in reading order."""
    document = find_document(document_id, house, user)
    document, passages = house.service.documents.passages(document_id, user.compartments) or (document, ())
    return PassagesOut(
        document=document.id,
        version=document.version,
        total=len(passages),
        passages=[passage_text_out(document, one) for one in passages[offset : offset + k]],
    )


@router.get(
    "/{document_id}/similar",
    summary="Find similar documents",
    responses=documented(404, 410, 422, 429, 500, 503),
)
def read_similar(
    document_id: DocumentId,
    house: TheHouse,
    user: TheUser,
    k: Annotated[int, Query(ge=1, le=100, description="How many are wanted.")] = 10,
    passage: Annotated[
        str, Query(max_length=100, description="Id of a passage of the document: what is near it is looked for.")
    ] = "",
) -> list[HitOut]:
    """Documents near this one in meaning, in the compartments the caller may read; its own versions are left out."""
    find_document(document_id, house, user)
    return [hit_out(hit) for hit in house.service.similar(document_id, user.compartments, k, passage)]


@router.get(
    "/{document_id}/original",
    summary="Download the file",
    response_class=Response,
    responses={
        200: {"description": "The file as it came.", "content": {"application/octet-stream": {}}},
        304: {"description": "The caller has it already."},
        **documented(404, 409, 410, 422, 429, 500, 503),
    },
)
def read_original(
    request: Request, document_id: DocumentId, house: TheHouse, user: TheUser, version: VersionDigits = ""
) -> Response:
    """The bytes that came, as an attachment of no particular type: a browser saves them and shows nothing of them."""
    document = find_document(document_id, house, user)
    known = find_version(document_id, version, house, user)
    place = house.service.documents.original(document_id, user.compartments, known)
    if place is None:
        raise ProblemError(
            404,
            "no-original",
            "Le fichier d’origine de cette version n’est pas gardé.",
            remedy="Lisez son texte ; pour le fichier, adressez-vous au gestionnaire du fonds.",
        )
    headers = {"etag": f'"{known}"', "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    headers["content-disposition"] = disposition(document.external_id)
    answer = FileResponse(place, media_type="application/octet-stream", headers=headers, stat_result=place.stat())
    # The moment it was copied in says nothing of the document; its entity tag says whether it is the same.
    del answer.headers["last-modified"]
    return answer


def disposition(path: str) -> str:
    """The header that names an attachment after a document's path: its last part, without what a system could obey."""
    name = PurePosixPath(path.replace("\\", "/")).name
    plain = _UNSAFE.sub("_", name).strip(" .")[-150:] or "document"
    ascii_only = plain.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{ascii_only}\"; filename*=UTF-8''{quote(plain, safe='')}"
