"""What became of a document: what changed between two texts, and where a quoted passage stands now."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query

from corpus.anchors import Anchored, Fate, anchor, texts_of
from corpus.differences import Difference, differences
from corpus.document import Document, Span
from search_api.http.document_models import AnchorOut, DifferencesOut
from search_api.http.document_wire import anchor_out, differences_out
from search_api.http.house import House, TheHouse, TheUser, User
from search_api.http.problems import ProblemError, documented
from search_api.http.routes.documents import DocumentId, VersionDigits, find_document, find_record, find_version
from search_api.http.wire import read_spans

router = APIRouter(prefix="/api/v1/documents", tags=["Documents (analyste)"])


def compared(
    document_id: str, old: str, new: str, with_id: str, house: House, user: User
) -> tuple[Document, Document, list[Difference]]:
    """Two versions of a document, or a document and a near-duplicate of it, and what changed from one to the other.

    ``old`` and ``new`` are first digits of versions; without them, the version before the current one and the current
    one. ``with_id`` names the older document, when it is another one.
    """
    newer = replace(find_document(document_id, house, user), version=find_version(document_id, new, house, user))
    if with_id:
        older = replace(find_document(with_id, house, user), version=find_version(with_id, old, house, user))
    elif old:
        older = replace(newer, version=find_version(document_id, old, house, user))
    else:
        versions = find_record(document_id, house, user).versions
        place = next(n for n, one in enumerate(versions) if one.sha256 == newer.version)
        if place + 1 == len(versions):
            raise ProblemError(
                404,
                "no-former-version",
                "Ce document n’a pas de version plus ancienne.",
                remedy="Nommez les deux versions à comparer, ou un autre document de sa famille.",
            )
        older = replace(newer, version=versions[place + 1].sha256)
    documents = house.service.documents
    before = documents.pages(older.id, user.compartments, older.version)
    after = documents.pages(newer.id, user.compartments, newer.version)
    return older, newer, differences(before, after)


def anchored_now(
    document: Document, spans: tuple[Span, ...], version: str, quote: str, house: House, user: User
) -> Anchored:
    """Where a passage quoted from some version of a document stands in the current one.

    The words of the version quoted are compared whole when it is still known; the link's own quotation otherwise.
    """
    documents = house.service.documents
    former: list[str] = []
    if not version or document.version.startswith(version):
        # Nearly always it stands where it stood: the other pages of a long report are not read for it.
        named = (documents.page(document.id, span.page, user.compartments, document.version) for span in spans)
        found = anchor([page for page in named if page is not None], spans, quote)
        if found.fate is Fate.SAME:
            return found
    else:
        record = documents.record(document.id, user.compartments)
        known = record.version(version) if record else None
        if known is not None:
            former = texts_of(documents.pages(document.id, user.compartments, known.sha256), spans)
    return anchor(documents.pages(document.id, user.compartments, document.version), spans, quote, former)


@router.get(
    "/{document_id}/differences",
    summary="Compare two versions",
    responses=documented(404, 409, 410, 422, 429, 500, 503),
)
def read_differences(
    document_id: DocumentId,
    house: TheHouse,
    user: TheUser,
    old: VersionDigits = "",
    new: VersionDigits = "",
    other: Annotated[
        str,
        Query(max_length=200, alias="with", description="Id of the document to compare with, instead of a version."),
    ] = "",
    whole: Annotated[bool, Query(description="Give the paragraphs that did not change too.")] = False,
) -> DifferencesOut:
    """What changed from one version to another, or from a near-duplicate to this document.

    Without versions named: from the version before to the current one. Running heads and quoted messages are left out.
    """
    return differences_out(*compared(document_id, old, new, other, house, user), whole=whole)


@router.get(
    "/{document_id}/anchor",
    summary="Find a quoted passage again",
    responses=documented(404, 410, 422, 429, 500, 503),
)
def read_anchor(
    document_id: DocumentId,
    house: TheHouse,
    user: TheUser,
    passage: Annotated[
        str,
        Query(max_length=2_000, description="Where it stood: `page:start-end`, by commas.", examples=["2:12-64"]),
    ] = "",
    version: VersionDigits = "",
    texte: Annotated[str, Query(max_length=500, description="Its first words, as the permalink carries them.")] = "",
) -> AnchorOut:
    """Where the passage of a permalink (its own parameters) stands in the current version, and what became of it."""
    document = find_document(document_id, house, user)
    anchored = anchored_now(document, read_spans(passage), version, texte, house, user)
    pages = house.service.documents.pages(document_id, user.compartments, document.version)
    return anchor_out(document, pages, anchored)
