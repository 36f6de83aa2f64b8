"""Pages as people see them: their image, and where words stand on it."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from corpus.extraction.extracted import ExtractionFailure
from corpus.extraction.page_reader import PagesBusy
from search_api.engine.finding import LONGEST, find_inside
from search_api.engine.page_picture import DRAWING, WIDTHS, rounded_width
from search_api.http.document_models import BoxesOut
from search_api.http.document_wire import boxes_out
from search_api.http.house import TheHouse, TheUser
from search_api.http.problems import ProblemError, documented
from search_api.http.routes.documents import DocumentId, PageNumber, VersionDigits, find_page, find_version
from search_api.http.wire import read_spans

router = APIRouter(prefix="/api/v1/documents", tags=["Documents (analyste)"])


def busy(error: PagesBusy) -> ProblemError:
    """Too many pages are asked for: this one may be asked again."""
    return ProblemError(503, "pages-busy", f"{error.message}.", remedy=f"{error.remedy}.", headers={"retry-after": "2"})


def no_image(reason: str) -> ProblemError:
    """The page has no image, and why."""
    return ProblemError(404, "no-image", reason, remedy="Lisez son texte, ou ouvrez le fichier d’origine.")


@router.get(
    "/{document_id}/pages/{number}/image",
    summary="See a page",
    response_class=Response,
    responses={
        200: {"description": "The image.", "content": {"image/png": {}, "image/webp": {}}},
        304: {"description": "The caller has it already."},
        **documented(404, 409, 410, 422, 429, 500, 503),
    },
)
def page_image(
    request: Request,
    document_id: DocumentId,
    number: PageNumber,
    house: TheHouse,
    user: TheUser,
    width: Annotated[
        int,
        Query(
            ge=16,
            le=WIDTHS[-1],
            description=f"Pixels across, rounded up to one of {', '.join(map(str, WIDTHS))}; a scan is not enlarged.",
        ),
    ] = 1_000,
    version: VersionDigits = "",
) -> Response:
    """The page of a PDF or of a scan, as PNG or, when that would be heavy, WebP.

    It is drawn in a closed-in process, kept on disk, and revalidated by its entity tag.
    """
    known = find_version(document_id, version, house, user)
    find_page(document_id, number, known, house, user)
    tag = hashlib.blake2b(f"{known} {number} {rounded_width(width)} {DRAWING}".encode(), digest_size=12).hexdigest()
    headers = {"etag": f'"{tag}"', "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    try:
        image = house.service.documents.image(document_id, number, width, user.compartments, known)
    except PagesBusy as error:
        raise busy(error) from error
    except ExtractionFailure as failure:
        raise no_image(f"Cette page ne peut pas être montrée. {failure.message}.") from failure
    if image is None:
        raise no_image("Le fichier d’origine de cette page n’est pas gardé.")
    return Response(image.content, media_type=image.media_type, headers=headers)


@router.get(
    "/{document_id}/pages/{number}/boxes",
    summary="Place words on a page",
    responses=documented(404, 409, 410, 422, 429, 500, 503),
)
def page_boxes(
    document_id: DocumentId,
    number: PageNumber,
    house: TheHouse,
    user: TheUser,
    spans: Annotated[
        str,
        Query(
            max_length=2_000,
            description="Stretches of pages, as the spans of passages: `page:start-end`, separated by commas; "
            "those of other pages are passed over.",
            examples=["2:12-64"],
        ),
    ] = "",
    words: Annotated[
        str, Query(max_length=LONGEST, description="Words that follow one another, whatever their accents and case.")
    ] = "",
    version: VersionDigits = "",
) -> BoxesOut:
    """The rectangles of stretches of the page's text, or of words on it, over the page as its image shows it.

    Without either, every word of the page. A format without pages has no rectangle.
    """
    known = find_version(document_id, version, house, user)
    page = find_page(document_id, number, known, house, user)
    try:
        placed = house.service.documents.words(document_id, number, user.compartments, known)
    except PagesBusy as error:
        raise busy(error) from error
    except ExtractionFailure:
        placed = ()
    asked = [(span.start, span.end) for span in read_spans(spans) if span.page == number]
    asked += [(span.start, span.end) for span in find_inside([page], words).spans]
    if not spans and not words:
        asked = sorted({(word.start, word.end) for word in placed})
    return boxes_out(document_id, known, page, placed, asked)
