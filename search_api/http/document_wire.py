"""What is known of a document to wire models."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from corpus.anchors import Anchored
from corpus.differences import Difference
from corpus.document import Document, Page, Word
from corpus.passage import Passage, joined_text
from search_api.engine.record import Record
from search_api.http.boxes import boxes_of
from search_api.http.document_models import (
    AnchorOut,
    BoxesOut,
    DifferencesOut,
    ParagraphOut,
    PassageTextOut,
    PieceOut,
    PlacedOut,
    RecordOut,
    VersionOut,
)
from search_api.http.wire import document_out, span_out, spans_url


def original_url(document_id: str, version: str) -> str:
    """The file of a version, in this API."""
    return f"/api/v1/documents/{quote(document_id, safe='')}/original?{urlencode({'version': version})}"


def record_out(record: Record) -> RecordOut:
    """A record on the wire."""
    return RecordOut(
        **document_out(record.document).model_dump(),
        compartment=record.compartment,
        generation=record.generation,
        origins=record.origins,
        places=list(record.places),
        partial=record.partial,
        inside=record.inside,
        parent=document_out(record.parent) if record.parent else None,
        attachments=[document_out(one) for one in record.attachments],
        versions=[
            VersionOut(
                version=one.sha256,
                drop=one.drop,
                delivered_at=one.at,
                pages=one.pages,
                original_url=original_url(record.document.id, one.sha256),
            )
            for one in record.versions
        ],
        family=[document_out(one) for one in record.family if one.id != record.document.id],
    )


def passage_text_out(document: Document, passage: Passage) -> PassageTextOut:
    """A passage on the wire."""
    return PassageTextOut(
        id=passage.id,
        ordinal=passage.ordinal,
        text=passage.text,
        heading_path=list(passage.heading_path),
        spans=[span_out(span) for span in passage.spans],
        ocr_confidence=passage.ocr_confidence,
        url=spans_url(document, passage.spans, passage.text),
    )


def boxes_out(
    document_id: str, version: str, page: Page, words: Sequence[Word], spans: Iterable[tuple[int, int]]
) -> BoxesOut:
    """Where stretches of a page's text stand on it."""
    return BoxesOut(
        document=document_id,
        version=version,
        page=page.number,
        size=page.size,
        placed=[PlacedOut(start=start, end=end, boxes=boxes_of(words, start, end)) for start, end in spans],
    )


def differences_out(old: Document, new: Document, found: Sequence[Difference], *, whole: bool) -> DifferencesOut:
    """What changed, on the wire; ``old`` and ``new`` carry the versions compared."""
    return DifferencesOut(
        old_document=old.id,
        old_version=old.version,
        new_document=new.id,
        new_version=new.version,
        changed=sum(one.changed for one in found),
        paragraphs=[
            ParagraphOut(
                pieces=[PieceOut(change=piece.change, text=piece.text) for piece in one.pieces],
                old_page=one.old_page,
                new_page=one.new_page,
            )
            for one in (found if whole else with_surroundings(found))
        ],
    )


def with_surroundings(found: Sequence[Difference]) -> list[Difference]:
    """The paragraphs that differ, with the one before and the one after."""
    kept = {near for place, one in enumerate(found) if one.changed for near in (place - 1, place, place + 1)}
    return [one for place, one in enumerate(found) if place in kept]


def anchor_out(document: Document, pages: Sequence[Page], anchored: Anchored) -> AnchorOut:
    """Where a quotation stands, on the wire."""
    text = joined_text(tuple(pages), anchored.spans) if anchored.spans else ""
    return AnchorOut(
        document=document.id,
        version=document.version,
        fate=anchored.fate,
        likeness=round(anchored.likeness, 4),
        spans=[span_out(span) for span in anchored.spans],
        text=text,
        url=spans_url(document, anchored.spans, text) if anchored.spans else None,
    )
