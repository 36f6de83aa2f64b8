"""A server's answer as the engine's own values, for what shows either alike."""

from corpus.document import Document, Span
from search_api.engine.answer import (
    Answer,
    Coverage,
    Explanation,
    FoundPassage,
    Highlight,
    Hit,
    SearchRequest,
)
from search_api.http.models import DocumentOut, HitOut, PassageOut, SearchOut


def answer_of(said: SearchOut, request: SearchRequest) -> Answer:
    """What the engine answered ``request`` over there; how the question was read is left out."""
    coverage = said.coverage.model_dump(exclude={"state"})
    return Answer(
        request=request,
        hits=tuple(_hit(hit) for hit in said.hits),
        total=said.total,
        clear=said.clear,
        coverage=Coverage(**coverage),
        messages=tuple(said.messages),
        timings_ms=said.timings_ms,
        suggestion=said.suggestion,
    )


def _document(said: DocumentOut) -> Document:
    return Document(**said.model_dump(exclude={"url", "page_url"}))


def _passage(said: PassageOut) -> FoundPassage:
    return FoundPassage(
        id=said.id,
        text=said.text,
        heading_path=tuple(said.heading_path),
        spans=tuple(Span(span.page, span.start, span.end) for span in said.spans),
        page=said.page,
        page_label=said.page_label,
        best_sentence=(said.best_sentence.start, said.best_sentence.end),
        highlights=tuple(Highlight(mark.start, mark.end, mark.kind) for mark in said.highlights),
        ocr_confidence=said.ocr_confidence,
    )


def _hit(said: HitOut) -> Hit:
    why = said.explanation
    return Hit(
        rank=said.rank,
        score=said.score,
        compartment=said.compartment,
        document=_document(said.document),
        passage=_passage(said.passage),
        explanation=Explanation(why.scores, why.normalised, tuple(why.matched_terms)) if why else None,
        others=tuple(_passage(other) for other in said.others),
        versions=tuple(_document(version) for version in said.versions),
    )
