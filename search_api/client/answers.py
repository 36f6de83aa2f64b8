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
from search_api.http.models import DocumentOut, HitOut, SearchOut


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


def _hit(said: HitOut) -> Hit:
    passage, why = said.passage, said.explanation
    return Hit(
        rank=said.rank,
        score=said.score,
        compartment=said.compartment,
        document=_document(said.document),
        passage=FoundPassage(
            id=passage.id,
            text=passage.text,
            heading_path=tuple(passage.heading_path),
            spans=tuple(Span(span.page, span.start, span.end) for span in passage.spans),
            page=passage.page,
            page_label=passage.page_label,
            best_sentence=(passage.best_sentence.start, passage.best_sentence.end),
            highlights=tuple(Highlight(mark.start, mark.end, mark.kind) for mark in passage.highlights),
            ocr_confidence=passage.ocr_confidence,
        ),
        explanation=Explanation(why.scores, why.normalised, tuple(why.matched_terms)) if why else None,
        versions=tuple(_document(version) for version in said.versions),
    )
